/** Bodies shorter than this gain nothing: headers and the work cost more than the bytes saved. */
const WORTHWHILE = 2048;

/** Whether a body is long enough to be compressed. */
export function isWorthwhile(body: string | Uint8Array<ArrayBuffer>): boolean {
  return body.length >= WORTHWHILE;
}

/** Whether a client with this `Accept-Encoding` takes gzip. */
export function wantsGzip(accept: string | null): boolean {
  if (accept === null) return false;
  return accept.split(",").some((one) => /^\s*(gzip|\*)\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(one));
}

/** The body as a gzip stream. */
export function gzip(body: string | Uint8Array<ArrayBuffer>): ReadableStream {
  return new Blob([body]).stream().pipeThrough(new CompressionStream("gzip"));
}
