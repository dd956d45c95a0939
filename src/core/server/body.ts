import { BakendError } from "../errors.ts";

/** Decodes whole bodies only, so it keeps nothing from one to the next. */
const UTF8 = new TextDecoder("utf-8", { fatal: true });

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;

/** The text of a JSON body, refused before it is read whole if it is over the limit. */
export interface JsonBody {
  readonly text: string;
  readonly value: unknown;
}

/**
 * Reads a JSON body of at most `limit` bytes.
 * @throws BakendError `unsupported_media_type`, `payload_too_large`, `bad_request`
 */
export async function readJson(request: Request, limit: number): Promise<JsonBody> {
  const type = request.headers.get("content-type") ?? "";
  if (!JSON_TYPE.test(type)) {
    throw new BakendError("unsupported_media_type", "Send JSON, with the header content-type: application/json.");
  }
  const text = await readText(request, limit);
  return { text, value: parse(text) };
}

/**
 * Reads the body that a form of a page sends, of at most `limit` bytes.
 * @throws BakendError `unsupported_media_type`, `payload_too_large`, `bad_request`
 */
export async function readForm(request: Request, limit: number): Promise<URLSearchParams> {
  if (!FORM_TYPE.test(request.headers.get("content-type") ?? "")) {
    throw new BakendError("unsupported_media_type", "Send a form: application/x-www-form-urlencoded.");
  }
  return new URLSearchParams(await readText(request, limit));
}

async function readText(request: Request, limit: number): Promise<string> {
  return decode(await readBytes(request, limit));
}

/** Reads a body of at most `limit` bytes. @throws BakendError `payload_too_large` */
export async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  const declared = request.headers.get("content-length");
  if (declared !== null && Number(declared) > limit) throw tooLarge(limit);
  const bytes = declared === null ? await readStream(request, limit) : new Uint8Array(await request.arrayBuffer());
  if (bytes.byteLength > limit) throw tooLarge(limit);
  return bytes;
}

function parse(text: string): unknown {
  if (text.trim() === "") throw new BakendError("bad_request", "The body is empty; send JSON.");
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^JSON Parse error: /, "") : "";
    throw new BakendError("bad_request", `The body is not valid JSON: ${reason.slice(0, 200)}.`);
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new BakendError("bad_request", "The body is not valid UTF-8.");
  }
}

/** Without a declared length the only way to know is to count. */
async function readStream(request: Request, limit: number): Promise<Uint8Array> {
  if (!request.body) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.byteLength;
    if (size > limit) {
      await reader.cancel();
      throw tooLarge(limit);
    }
    chunks.push(part.value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

function tooLarge(limit: number): BakendError {
  return new BakendError("payload_too_large", `The body may have at most ${limit} bytes.`);
}
