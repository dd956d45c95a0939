import { toBase64Url } from "../../tools/index.ts";
import type { WireHttp } from "./messages.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const TEXTUAL = /^(text\/|application\/(?:[\w.+-]+\+)?(json|xml|x-www-form-urlencoded|javascript))/i;

/** A body for the wire: text goes as it is, which is fastest; anything else in base64url. */
export function bodyOut(body: Uint8Array, type: string): Pick<WireHttp, "text" | "bytes"> {
  if (body.length === 0) return {};
  if (!TEXTUAL.test(type)) return { bytes: toBase64Url(body) };
  try {
    return { text: UTF8.decode(body) };
  } catch {
    return { bytes: toBase64Url(body) };
  }
}
