import { ERROR_CODES, type ErrorCode, type FieldProblem } from "../protocol/index.ts";

/** What may accompany an error: fields at fault, response headers, the underlying cause (never sent to a client). */
export interface ErrorExtras {
  readonly errors?: readonly FieldProblem[];
  readonly headers?: Readonly<Record<string, string>>;
  /** With `mfa_required`. */
  readonly mfaToken?: string;
  /** The HTTP status, where it is not that of the code. */
  readonly status?: number;
  readonly cause?: unknown;
}

/**
 * The one error type of the project. It may be thrown anywhere and becomes an HTTP answer in one place (`server/`).
 * `detail` is read by clients: it must be fit for their eyes.
 */
export class BakendError extends Error {
  readonly code: ErrorCode;
  readonly errors: readonly FieldProblem[] | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly mfaToken: string | undefined;
  /** The HTTP status: that of the code, unless said. */
  readonly status: number;

  constructor(code: ErrorCode, detail: string, extras: ErrorExtras = {}) {
    super(detail, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.name = "BakendError";
    this.code = code;
    this.errors = extras.errors;
    this.headers = extras.headers;
    this.mfaToken = extras.mfaToken;
    this.status = extras.status ?? ERROR_CODES[code].status;
  }

  /** The same error with other headers. */
  withHeaders(headers: Readonly<Record<string, string>>): BakendError {
    return new BakendError(this.code, this.message, {
      headers,
      cause: this.cause,
      status: this.status,
      ...(this.errors ? { errors: this.errors } : {}),
      ...(this.mfaToken === undefined ? {} : { mfaToken: this.mfaToken }),
    });
  }
}

/** A failure of work that is tried again where it fails, and must not be in this case: again would be no better, or do harm. */
export class FinalError extends Error {
  override readonly name = "FinalError";
}

/** The refusal of one field: "title is required." */
export function invalidField(field: string, code: FieldProblem["code"], message: string): BakendError {
  return new BakendError("validation_failed", `${field} ${message}.`, { errors: [{ field, code, message }] });
}
