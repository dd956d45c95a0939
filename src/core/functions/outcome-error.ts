import type { ErrorCode, FieldErrorCode } from "../../protocol/index.ts";
import { BakendError } from "../errors.ts";
import type { Fault } from "./messages.ts";
import type { Outcome } from "./pool/index.ts";

type Failed = Extract<Outcome, { ok: false }>;

/** The code that stands for a status, where there is one. */
const CODES: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [400, "bad_request"],
  [401, "unauthenticated"],
  [403, "forbidden"],
  [404, "not_found"],
  [409, "conflict"],
  [412, "precondition_failed"],
  [413, "payload_too_large"],
  [415, "unsupported_media_type"],
  [429, "rate_limited"],
  [503, "unavailable"],
]);

const FIELD_CODE = /^[a-z][a-z0-9_]{0,62}$/;
const MAX_DETAIL = 1000;

/**
 * What the caller is answered instead of what a function would have. `HttpError` and `FieldError` say it themselves; of
 * anything else nothing is told. `late` is the code for a call that went past its limit, `path` stands before fields.
 */
export function outcomeError(failed: Failed, late: "function_timeout" | "unavailable", path = ""): BakendError {
  if (failed.reason === "timeout") return new BakendError(late, "A function took too long.");
  if (failed.reason === "ended" && late === "unavailable") return new BakendError(late, "A function could not be run.");
  if (failed.reason === "overloaded")
    return new BakendError("unavailable", "Too many functions are running; try again.");
  if (failed.reason !== "thrown") return new BakendError("function_failed", "The function failed.");
  const { kind, status = 500, field = "", code = "" } = failed.fault;
  const message = failed.fault.message.slice(0, MAX_DETAIL).toWellFormed();
  if (kind === "field") {
    const place = `${path}${field.slice(0, 64).toWellFormed()}`;
    const known = (FIELD_CODE.test(code) ? code : "refused") as FieldErrorCode;
    return new BakendError("validation_failed", `${place}: ${message}`, {
      errors: [{ field: place, code: known, message }],
    });
  }
  if (kind === "http" && status >= 400 && status <= 599)
    return new BakendError(CODES.get(status) ?? "refused", message || "The request was refused.", { status });
  return new BakendError("function_failed", "A function failed.");
}

/** What was thrown, in words for the log and for admins. */
export function faultWords({ kind, message, status, field, code }: Fault): string {
  if (kind === "http") return `HttpError ${status}: ${message}`;
  return kind === "field" ? `FieldError ${field} ${code}: ${message}` : message;
}
