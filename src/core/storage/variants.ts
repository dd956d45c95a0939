import type { StoredFile } from "../collections/index.ts";
import { BakendError } from "../errors.ts";
import type { StoredBlob } from "./blob-store.ts";
import type { ImageMaker, ImageWanted, MadeImage } from "./images.ts";

/** Smaller or converted images of files. */
export interface Variants {
  /** @throws BakendError `unavailable` where none are made, or too many wait; `bad_request` for a file that is no image */
  make(file: StoredFile, wanted: ImageWanted): Promise<MadeImage>;
}

/** What can be made into another image. */
const SOURCES: ReadonlySet<string> = new Set(["image/jpeg", "image/png", "image/webp", "image/gif"]);

/** Bytes of a file of which an image is made: it is read as a whole. */
const MAX_SOURCE = 32 * 1024 * 1024;
/** Images that are made at the same time, and that may wait for their turn. */
const AT_ONCE = 2;
const MAX_WAITING = 50;
/** Bytes of images that are remembered. */
const REMEMBERED = 32 * 1024 * 1024;

/** Makes the variants of files. Those made last are remembered, and one that is being made is made once. */
export function createVariants(
  images: ImageMaker | undefined,
  open: (file: StoredFile) => Promise<StoredBlob>,
): Variants {
  const made = new Map<string, MadeImage>();
  const making = new Map<string, Promise<MadeImage>>();
  const waiting: (() => void)[] = [];
  let size = 0;
  let running = 0;

  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= AT_ONCE) {
      if (waiting.length >= MAX_WAITING)
        throw new BakendError("unavailable", "Too many images are being made.", { headers: { "retry-after": "1" } });
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      // the place goes to the next one, or is free
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };

  const remember = (key: string, image: MadeImage): void => {
    made.set(key, image);
    size += image.bytes.length;
    for (const [oldest, { bytes }] of made) {
      if (size <= REMEMBERED) return;
      made.delete(oldest);
      size -= bytes.length;
    }
  };

  return {
    async make(file, wanted) {
      if (!images) throw new BakendError("unavailable", "Images cannot be made here.", { status: 501 });
      if (!SOURCES.has(file.mimeType)) throw new BakendError("bad_request", "This file is no JPEG, PNG, WebP or GIF.");
      if (file.size > MAX_SOURCE)
        throw new BakendError("bad_request", `An image may be made of at most ${MAX_SOURCE} bytes.`);
      const key = `${file.id} ${wanted.width ?? ""}x${wanted.height ?? ""} ${wanted.format ?? ""}`;
      const known = made.get(key) ?? making.get(key);
      if (known) return known;
      const work = inTurn(async () => {
        const { body } = await open(file);
        return images.make(new Uint8Array(await new Response(body).arrayBuffer()), wanted);
      });
      making.set(key, work);
      try {
        const image = await work;
        remember(key, image);
        return image;
      } finally {
        making.delete(key);
      }
    },
  };
}
