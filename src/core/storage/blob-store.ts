/** Some bytes of a file, counted from 0; both ends are included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What is said of bytes beside the bytes themselves. */
export interface BlobInfo {
  readonly mimeType: string;
}

/** Bytes that were kept. */
export interface StoredBlob {
  /** Of all of it, whatever part was asked for. */
  readonly size: number;
  /** To be read once, or left alone. */
  readonly body: ReadableStream<Uint8Array> | Blob;
}

/** Something that is kept under a key, whole or not. */
export interface BlobEntry {
  readonly key: string;
  /** When it was last written to, in milliseconds since 1970; 0 if it is gone by now. */
  changedAt(): Promise<number>;
}

/**
 * Where the bytes of files are: a folder, a bucket. Keys are ids. What is kept under a key never changes. Every
 * implementation passes `tests/conformance/storage/blob-store.ts`.
 */
export interface BlobStore {
  /**
   * Keeps a body, as it comes. Once this resolves, it survives whatever becomes of the process; if the body fails, or the
   * process ends before, there is nothing under the key. @throws what the body fails with
   */
  put(key: string, body: ReadableStream<Uint8Array>, info: BlobInfo): Promise<void>;
  /** Null for a key that nothing is under. A range must lie within the size. */
  get(key: string, range?: ByteRange): Promise<StoredBlob | null>;
  /** Leaves nothing under the key, be it that nothing was. */
  delete(key: string): Promise<void>;
  /** Every key that anything is under, what is not whole included. */
  list(): AsyncIterable<BlobEntry>;
}
