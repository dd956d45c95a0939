import type { StoredFile } from "../../../../sdk/javascript/index.ts";
import { get, remove } from "../api/request.ts";

/** One page of the files, with how much all of them take. */
export interface FilePage {
  readonly items: readonly StoredFile[];
  readonly next: string | null;
  readonly usage: { readonly files: number; readonly bytes: number };
}

/** The files of all, or of one account, the newest first. */
export const readFiles = (owner: string, cursor: string | number | undefined): Promise<FilePage> =>
  get<FilePage>("/api/admin/storage", { owner, cursor });

/** Deletes a file. */
export const removeFile = (id: string): Promise<void> => remove(`/api/storage/${encodeURIComponent(id)}`);

/** Types of which the server makes smaller images. */
const SCALED = new Set(["image/jpeg", "image/png", "image/webp", "image/gif"]);

/** Where an image of a file is that is about so many pixels wide; null for what is no image. */
export function previewOf({ url, mimeType }: StoredFile, width: number): string | null {
  if (SCALED.has(mimeType)) return `${url}?width=${width}`;
  return mimeType === "image/svg+xml" ? url : null;
}
