/** Bodies shorter than this gain nothing: headers and the work cost more than the bytes saved. */
const WORTHWHILE = 2048;

/** Whether this body should be sent as gzip to a client with this `Accept-Encoding`. */
export function wantsGzip(body: string, accept: string | null): boolean {
  if (accept === null || body.length < WORTHWHILE) return false;
  return accept.split(",").some((one) => /^\s*(gzip|\*)\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(one));
}

/** The body as a gzip stream. */
export function gzip(body: string): ReadableStream {
  return new Blob([body]).stream().pipeThrough(new CompressionStream("gzip"));
}
