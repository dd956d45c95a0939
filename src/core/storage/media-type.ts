/** Beginnings of files that tell what they are: bytes as text, and where they stand. */
const SIGNATURES: readonly (readonly [type: string, ...marks: readonly (readonly [at: number, bytes: string])[]])[] = [
  ["image/png", [0, "\x89PNG\r\n\x1a\n"]],
  ["image/jpeg", [0, "\xff\xd8\xff"]],
  ["image/gif", [0, "GIF87a"]],
  ["image/gif", [0, "GIF89a"]],
  ["image/webp", [0, "RIFF"], [8, "WEBP"]],
  ["image/avif", [4, "ftypavif"]],
  ["image/avif", [4, "ftypavis"]],
];

/** Bytes by which a file is known. */
export const HEAD = 16;

/** Types whose files are told by their beginning: whoever says one of them must have sent it. */
const CHECKED: ReadonlySet<string> = new Set(SIGNATURES.map(([type]) => type));

const TYPE = /^\s*([\w!#$&^.+-]{1,64}\/[\w!#$&^.+-]{1,64})\s*(?:;|$)/;
const UNKNOWN = "application/octet-stream";

/**
 * What a file is, by its first bytes, or by what was said of it where these do not tell. An image that is none is just bytes.
 */
export function mediaTypeOf(said: string | undefined, head: Uint8Array): string {
  const text = String.fromCharCode(...head.subarray(0, HEAD));
  const seen = SIGNATURES.find(([, ...marks]) => marks.every(([at, bytes]) => text.startsWith(bytes, at)));
  if (seen) return seen[0];
  const type = TYPE.exec(said ?? "")?.[1]?.toLowerCase() ?? UNKNOWN;
  return CHECKED.has(type) ? UNKNOWN : type;
}

/**
 * Types that a browser may show by themselves: they run nothing. Neither SVG nor HTML or PDF are among them, and no type that
 * nobody has thought of.
 */
const INERT: ReadonlySet<string> = new Set([
  ...CHECKED,
  "text/plain",
  ...["mpeg", "mp4", "ogg", "wav", "webm", "flac", "aac"].map((name) => `audio/${name}`),
  ...["mp4", "ogg", "webm", "quicktime"].map((name) => `video/${name}`),
]);

/** Whether a file may be shown where it is served, rather than saved. */
export function isInert(mimeType: string): boolean {
  return INERT.has(mimeType);
}
