import type { BlobStore } from "./blob-store.ts";

/** Keeps bytes as long as the process lives: for tests. */
export function memoryBlobs(now: () => number = Date.now): BlobStore {
  const kept = new Map<string, { readonly blob: Blob; readonly changedAt: number }>();
  return {
    async put(key, body) {
      const parts: Uint8Array<ArrayBuffer>[] = [];
      // a copy: whoever gave the bytes may use their memory again
      for await (const bytes of body) parts.push(new Uint8Array(bytes));
      kept.set(key, { blob: new Blob(parts), changedAt: now() });
    },
    async get(key, range) {
      const found = kept.get(key);
      if (!found) return null;
      const { blob } = found;
      return { size: blob.size, body: range ? blob.slice(range.start, range.end + 1) : blob };
    },
    async delete(key) {
      kept.delete(key);
    },
    async *list() {
      for (const [key, { changedAt }] of kept) yield { key, changedAt: async () => changedAt };
    },
  };
}
