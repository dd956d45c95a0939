/** Formats that images can be made in. */
export const IMAGE_FORMATS = ["jpeg", "png", "webp"] as const;

/** How an image is wanted. */
export interface ImageWanted {
  /** Pixels that it has at most; it keeps its shape, and is never made larger than it is. */
  readonly width?: number;
  readonly height?: number;
  /** Its own unless said. */
  readonly format?: (typeof IMAGE_FORMATS)[number];
}

/** An image that was made. */
export interface MadeImage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mimeType: string;
}

/** Makes images of images, off the calling thread. */
export interface ImageMaker {
  /** @throws BakendError `bad_request` for what is no image, or has too many pixels */
  make(bytes: Uint8Array<ArrayBuffer>, wanted: ImageWanted): Promise<MadeImage>;
}
