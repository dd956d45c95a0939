import type { StoredFile } from "../collections/index.ts";
import { BakendError } from "../errors.ts";
import { IMAGE_FORMATS, type ImageWanted, type Variants } from "../storage/index.ts";
import { isNotModified } from "./etag.ts";
import { cacheControl, type FileAsked, fileHeaders } from "./file-reply.ts";
import type { Reply } from "./reply.ts";
import { readInteger } from "./request.ts";

/** What an image is asked for with. */
export const IMAGE_PARAMETERS = ["width", "height", "fit", "format"] as const;

type ImageQuery = Partial<Record<(typeof IMAGE_PARAMETERS)[number], string>>;

/** Reads how an image is wanted; null where it is wanted as it is. @throws BakendError `bad_request` */
export function readImageWanted({ width, height, fit, format }: ImageQuery, limit: number): ImageWanted | null {
  if (fit !== undefined && fit !== "contain") throw new BakendError("bad_request", 'fit must be "contain".');
  const known = IMAGE_FORMATS.find((one) => one === format);
  if (format !== undefined && !known)
    throw new BakendError("bad_request", `format must be one of ${IMAGE_FORMATS.join(", ")}.`);
  const wanted = {
    ...side("width", width, limit),
    ...side("height", height, limit),
    ...(known ? { format: known } : {}),
  };
  return Object.keys(wanted).length > 0 ? wanted : null;
}

function side(name: "width" | "height", value: string | undefined, limit: number) {
  const pixels = readInteger(name, value);
  if (pixels === undefined) return {};
  if (pixels < 1 || pixels > limit) throw new BakendError("bad_request", `${name} must be from 1 to ${limit}.`);
  return { [name]: pixels };
}

/** Serves an image that is made of a file. */
export async function imageReply(
  variants: Variants,
  file: StoredFile,
  wanted: ImageWanted,
  { request, download, signed }: FileAsked,
): Promise<Reply> {
  const etag = `"${file.checksum}-${wanted.width ?? ""}x${wanted.height ?? ""}-${wanted.format ?? ""}"`;
  const cached = { etag, "cache-control": cacheControl(file, signed) };
  if (isNotModified(request.headers.get("if-none-match"), etag)) return { status: 304, headers: cached };
  const { bytes, mimeType } = await variants.make(file, wanted);
  return { status: 200, body: bytes, headers: { ...cached, ...fileHeaders({ ...file, mimeType }, download) } };
}
