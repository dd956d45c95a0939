import { BakendError } from "../../core/errors.ts";
import { IMAGE_FORMATS, type ImageMaker } from "../../core/storage/index.ts";

/** Pixels of an image that is read: it takes four bytes for each. */
const MAX_PIXELS = 40_000_000;

/** Without a bound on one side. */
const ANY = 16_383;

/** Makes images with what Bun has built in; its pipeline runs on threads of its own. */
export const bunImages: ImageMaker = {
  async make(source, { width, height, format: wanted }) {
    try {
      const image = new Bun.Image(source, { maxPixels: MAX_PIXELS });
      if (width !== undefined || height !== undefined)
        image.resize(width ?? ANY, height ?? ANY, { fit: "inside", withoutEnlargement: true });
      const { format: own } = await new Bun.Image(source, { maxPixels: MAX_PIXELS }).metadata();
      // what cannot be written, as GIF, becomes PNG, which loses nothing
      const format = wanted ?? IMAGE_FORMATS.find((one) => one === own) ?? "png";
      const bytes = await image[format]().bytes();
      return { bytes: new Uint8Array(bytes), mimeType: `image/${format}` };
    } catch (cause) {
      if (!isRefusal(cause)) throw cause;
      const why = cause.code === "ERR_IMAGE_TOO_MANY_PIXELS" ? "has too many pixels" : "cannot be read";
      throw new BakendError("bad_request", `This image ${why}.`, { cause });
    }
  },
};

/** Whether it is the image's fault. */
function isRefusal(error: unknown): error is { readonly code: string } {
  return typeof error === "object" && error !== null && "code" in error && /^ERR_IMAGE_/.test(String(error.code));
}
