import type { BlobStore } from "../../core/storage/index.ts";
import { blobFolder as anyFolder, blobPath } from "../node/blob-folder.ts";

/**
 * Keeps bytes as files of a folder, as on every platform; they are handed out as files that Bun sends by itself, and of which it
 * tells the length.
 */
export function blobFolder(folder: string): BlobStore {
  const blobs = anyFolder(folder);
  return {
    ...blobs,
    async get(key, range) {
      const file = Bun.file(blobPath(folder, key));
      if (!(await file.exists())) return null;
      return { size: file.size, body: range ? file.slice(range.start, range.end + 1) : file };
    },
  };
}
