import { BakendError } from "../errors.ts";
import type { ByteRange } from "../storage/index.ts";

const ONE_RANGE = /^bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i;

/**
 * The bytes that a `Range` header asks for (RFC 9110, section 14); null for all of them: without the header, for several
 * ranges at once, and for what is none, which a server may pass over.
 * @throws BakendError `bad_request` with status 416 for what lies beyond the end
 */
export function readRange(header: string | null, size: number): ByteRange | null {
  const [, first = "", last = ""] = ONE_RANGE.exec(header ?? "") ?? [];
  if (first === "" && last === "") return null;
  if (first === "") {
    const count = Math.min(Number(last), size);
    if (count === 0) throw beyond(size);
    return { start: size - count, end: size - 1 };
  }
  const start = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== "" && Number(last) < start) return null;
  if (start >= size) throw beyond(size);
  return { start, end };
}

function beyond(size: number): BakendError {
  return new BakendError("bad_request", `The range lies beyond the end: there are ${size} bytes.`, {
    status: 416,
    headers: { "content-range": `bytes */${size}` },
  });
}
