import { type Disposition, readDisposition } from "../disposition.ts";
import { createScanner, MultipartError, type Scanner } from "./scanner.ts";

/** One part of a form. Its body must be read, or left alone, before the next part is asked for. */
export interface Part {
  /** What the field is called. */
  readonly name: string;
  /** As it was sent; undefined for a part that is no file. */
  readonly filename: string | undefined;
  /** Its `content-type`, as it was sent. */
  readonly type: string | undefined;
  readonly body: ReadableStream<Uint8Array>;
}

/** How much of a form there may be beside the bodies of its parts. */
export interface MultipartLimits {
  readonly parts: number;
  /** Bytes of the headers of one part, and of what follows the last one. */
  readonly headers: number;
}

const FORM = /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([\w'()+,./:=?-]{1,70}))\s*(?:;|$)/i;

/** What separates the parts of a form, as its `content-type` says; null for what is no form of this kind. */
export function multipartBoundary(contentType: string): string | null {
  const [, quoted, plain] = FORM.exec(contentType) ?? [];
  return quoted ?? plain ?? null;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const [LINE, END_OF_HEADERS] = [encoder.encode("\r\n"), encoder.encode("\r\n\r\n")];

/**
 * Reads a form (RFC 7578) part by part, as it comes. Strict: nothing may stand before the first boundary, and the last one
 * must be there. Throws MultipartError for what is not well formed, and what the body itself throws.
 */
export async function* readMultipart(
  body: ReadableStream<Uint8Array>,
  boundary: string,
  limits: MultipartLimits,
): AsyncGenerator<Part, void> {
  const delimiter = encoder.encode(`\r\n--${boundary}`);
  const reader = body.getReader();
  // the first boundary has no line before it; with one put there it is like all others
  const scanner = createScanner(reader, LINE);
  try {
    if ((await scanner.before(delimiter)) !== null) throw new MultipartError("it does not begin with its boundary");
    for (let count = 1; await opensPart(scanner); count += 1) {
      if (count > limits.parts) throw new MultipartError(`it has more than ${limits.parts} parts`);
      const head = headOf(await scanner.upTo(END_OF_HEADERS, limits.headers));
      const content = contentOf(scanner, delimiter);
      yield { ...head, body: content.stream };
      await content.skip();
    }
    await scanner.finish(limits.headers);
  } finally {
    // whoever sends must not go on for nobody
    await reader.cancel().catch(() => undefined);
  }
}

/** Whether another part follows a boundary. */
async function opensPart(scanner: Scanner): Promise<boolean> {
  const after = decoder.decode(await scanner.take(2));
  if (after !== "--" && after !== "\r\n") throw new MultipartError("a boundary is followed by something else");
  return after === "\r\n";
}

function headOf(bytes: Uint8Array): Pick<Part, "name" | "filename" | "type"> {
  const headers = new Map<string, string>();
  for (const line of decoder.decode(bytes).split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    if (colon < 1 || !/^[\w-]+$/.test(name)) throw new MultipartError("a part has a header that is none");
    if (headers.has(name)) throw new MultipartError(`a part has two headers ${name}`);
    headers.set(name, line.slice(colon + 1).trim());
  }
  const disposition: Disposition | null = readDisposition(headers.get("content-disposition") ?? "");
  if (disposition?.kind !== "form-data" || disposition.name === undefined)
    throw new MultipartError("a part has no name");
  return { name: disposition.name, filename: disposition.filename, type: headers.get("content-type") };
}

/** The body of a part as a stream, and the way past what nobody read of it. */
function contentOf(scanner: Scanner, delimiter: Uint8Array) {
  let ended = false;
  const next = async (): Promise<Uint8Array | null> => {
    const bytes = ended ? null : await scanner.before(delimiter);
    ended = bytes === null;
    return bytes;
  };
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const bytes = await next();
        if (bytes === null) controller.close();
        else controller.enqueue(bytes);
      },
    },
    { highWaterMark: 0 },
  );
  return {
    stream,
    async skip() {
      while ((await next()) !== null);
    },
  };
}
