import { MultipartError, multipartBoundary, type Part, readMultipart } from "../../tools/index.ts";
import type { StoredFile } from "../collections/index.ts";
import { BakendError, invalidField } from "../errors.ts";
import type { Principal } from "../principal.ts";
import { type FileDetails, fileTooLarge, type Storage } from "../storage/index.ts";

/** What a form may have beside the bytes of its file. */
const LIMITS = { parts: 8, headers: 8192 };
/** Bytes of a field that is no file. */
const FIELD = 1024;
/** Bytes of a form beside its file. */
const AROUND = LIMITS.parts * (LIMITS.headers + FIELD);

/**
 * Takes in the file of a form: `file`, and `visibility` before or after it. It is stored as it comes.
 * @throws BakendError `unsupported_media_type`, `payload_too_large`, `bad_request`, `validation_failed`, and what storage throws
 */
export async function uploadForm(storage: Storage, principal: Principal, request: Request): Promise<StoredFile> {
  const boundary = multipartBoundary(request.headers.get("content-type") ?? "");
  if (boundary === null) throw new BakendError("unsupported_media_type", "Send a form: multipart/form-data.");
  // what is said to be too long is not begun with
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > storage.limit + AROUND) throw fileTooLarge(storage.limit);
  const parts = readMultipart(sentBody(request), boundary, LIMITS);
  let details: FileDetails = {};
  const readRest = async (): Promise<FileDetails> => {
    for await (const part of parts) details = { ...details, ...(await readField(part)) };
    return details;
  };
  try {
    for (;;) {
      const { value: part, done } = await parts.next();
      if (done) throw invalidField("file", "required", "is required");
      if (part.name !== "file" || part.filename === "") {
        details = { ...details, ...(await readField(part)) };
        continue;
      }
      const { filename = "", type, body } = part;
      return await storage.upload(principal, { filename, mimeType: type, body }, readRest);
    }
  } catch (error) {
    throw error instanceof MultipartError
      ? new BakendError("bad_request", `The form is not valid: ${error.message}.`)
      : error;
  } finally {
    await parts.return();
  }
}

async function readField({ name, filename, body }: Part): Promise<FileDetails> {
  // what a form of a page sends where no file was chosen
  if (name === "file" && filename === "") return {};
  if (name === "file") throw invalidField("file", "max", "must be one file");
  if (name !== "visibility") throw invalidField(name.slice(0, 64), "unknown_field", "is no field of this form");
  const text = await readText(body);
  if (text !== "public" && text !== "protected")
    throw invalidField("visibility", "enum", 'must be "public" or "protected"');
  return { visibility: text };
}

async function readText(body: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of body) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > FIELD) throw new BakendError("payload_too_large", `A field may have at most ${FIELD} bytes.`);
  }
  return text + decoder.decode();
}

/** The body as it was sent. One that breaks off is the sender's fault, and not the server's. */
function sentBody(request: Request): ReadableStream<Uint8Array> {
  const reader = request.body?.getReader();
  if (!reader) throw new BakendError("bad_request", "The body is empty; send a form.");
  const { signal } = request;
  // not every runtime ends the body of somebody who went away
  const leave = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", leave, { once: true });
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await reader.read().catch((cause: unknown) => {
          throw new BakendError("bad_request", "The body broke off.", { cause });
        });
        if (!done) return controller.enqueue(value);
        signal.removeEventListener("abort", leave);
        controller.close();
      },
      async cancel(reason) {
        signal.removeEventListener("abort", leave);
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
