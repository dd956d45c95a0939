import { ERROR_CODES, type Problem } from "../../protocol/index.ts";
import { BakendError } from "../errors.ts";

/** What a route answers with; the pipeline makes the `Response`. */
export interface Reply {
  readonly status: number;
  /** Sent as it is; JSON unless the headers say otherwise. Absent for 204 and 304. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** A body that goes on, or is not in memory, in the place of `body`. */
  readonly stream?: ReadableStream<Uint8Array> | Blob;
  /** Each becomes a header `set-cookie`; only there a name stands more than once. */
  readonly cookies?: readonly string[];
}

/** An answer whose body is text. */
export interface TextReply extends Reply {
  readonly body?: string;
}

/** An answer in JSON. */
export function json(value: unknown, status = 200, headers?: Readonly<Record<string, string>>): TextReply {
  return headers ? { status, body: JSON.stringify(value), headers } : { status, body: JSON.stringify(value) };
}

/** An answer without a body. */
export const NO_CONTENT: TextReply = Object.freeze({ status: 204 });

/** The answer of an app that is not built yet or closing, without a server to make it. */
export function unavailableResponse(requestId: string): Response {
  const { status, body, headers } = problemReply(new BakendError("unavailable", "The server is not ready."), requestId);
  return new Response(body ?? null, { status, headers: { ...headers, "x-request-id": requestId, "retry-after": "1" } });
}

/** Makes any thrown thing the answer that clients get. What is not ours says nothing about the inside. */
export function problemReply(error: unknown, requestId: string): TextReply {
  const known =
    error instanceof BakendError ? error : new BakendError("internal", "Something went wrong on the server.");
  const { code, status, message, errors, mfaToken } = known;
  const { title } = ERROR_CODES[code];
  const problem: Problem = {
    type: `urn:bakend:error:${code}`,
    title,
    status,
    detail: message,
    code,
    requestId,
    ...(errors ? { errors } : {}),
    ...(mfaToken === undefined ? {} : { mfaToken }),
  };
  return {
    status,
    body: JSON.stringify(problem),
    headers: { ...known.headers, "content-type": "application/problem+json" },
  };
}
