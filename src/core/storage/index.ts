export type { BlobEntry, BlobInfo, BlobStore, ByteRange, StoredBlob } from "./blob-store.ts";
export type { FileQuery, FileUsage } from "./file-rows.ts";
export { IMAGE_FORMATS, type ImageMaker, type ImageWanted, type MadeImage } from "./images.ts";
export { fileTooLarge } from "./incoming.ts";
export { isInert } from "./media-type.ts";
export { memoryBlobs } from "./memory-blobs.ts";
export type { SignedUrl } from "./signer.ts";
export {
  createStorage,
  type FileDetails,
  type IncomingFile,
  type Signature,
  type Storage,
  type StorageDeps,
} from "./storage.ts";
export { createVariants, type Variants } from "./variants.ts";
