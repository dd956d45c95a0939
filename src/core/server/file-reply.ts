import { writeDisposition } from "../../tools/index.ts";
import type { StoredFile } from "../collections/index.ts";
import { isInert, type Storage } from "../storage/index.ts";
import { readRange } from "./byte-range.ts";
import { isNotModified } from "./etag.ts";
import type { Reply } from "./reply.ts";

/** How a file is to be served. */
export interface FileAsked {
  readonly request: Request;
  /** To be saved, whatever it is. */
  readonly download: boolean;
  /** Asked for with a signed address. */
  readonly signed: boolean;
}

/** Seconds for which a public file may be shown without asking again, be it that it is deleted meanwhile. */
const PUBLIC_FOR = 3600;

/** What is served may have been sent by anybody: wherever it is opened, it runs nothing and reaches nothing. */
const HARMLESS = { "content-security-policy": "sandbox; default-src 'none'", "x-content-type-options": "nosniff" };

/**
 * Serves a file: all of it, a part, or that it has not changed.
 * @throws BakendError status 416 for a range that it does not have
 */
export async function fileReply(
  storage: Pick<Storage, "open">,
  file: StoredFile,
  { request, download, signed }: FileAsked,
): Promise<Reply> {
  const etag = `"${file.checksum}"`;
  const cached = { etag, "cache-control": cacheControl(file, signed) };
  const { headers: asked, method } = request;
  if (isNotModified(asked.get("if-none-match"), etag)) return { status: 304, headers: cached };

  const ifRange = asked.get("if-range");
  const range = readRange(ifRange === null || ifRange.trim() === etag ? asked.get("range") : null, file.size);
  const headers = {
    ...cached,
    ...fileHeaders(file, download),
    "accept-ranges": "bytes",
    "content-length": String(range ? range.end - range.start + 1 : file.size),
    ...(range ? { "content-range": `bytes ${range.start}-${range.end}/${file.size}` } : {}),
  };
  const status = range ? 206 : 200;
  // the bytes are not opened for whoever does not want them
  if (method === "HEAD") return { status, body: "", headers };
  const { body } = await storage.open(file, range ?? undefined);
  return { status, stream: body, headers };
}

/** What is said of whatever somebody has uploaded: what it is, whether it is to be saved, and that it runs nothing. */
export function fileHeaders({ mimeType, filename }: StoredFile, download: boolean): Readonly<Record<string, string>> {
  const shown = !download && isInert(mimeType);
  return {
    ...HARMLESS,
    "content-type": mimeType === "text/plain" ? "text/plain; charset=utf-8" : mimeType,
    "content-disposition": writeDisposition(shown ? "inline" : "attachment", filename),
  };
}

/** Rights are asked anew for whatever not everybody may read; what a signed address shows is kept nowhere. */
export function cacheControl({ visibility }: StoredFile, signed: boolean): string {
  if (signed) return "private, no-store";
  return visibility === "public" ? `public, max-age=${PUBLIC_FOR}` : "private, no-cache";
}
