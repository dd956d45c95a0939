/**
 * Every error code a client can meet, with its HTTP status and title. Docs and OpenAPI are made from this table,
 * and a test holds the documentation to it.
 */
export const ERROR_CODES = {
  bad_request: { status: 400, title: "Bad request" },
  validation_failed: { status: 400, title: "Validation failed" },
  unauthenticated: { status: 401, title: "Authentication required" },
  invalid_credentials: { status: 401, title: "Invalid credentials" },
  mfa_required: { status: 401, title: "A second factor is required" },
  forbidden: { status: 403, title: "Forbidden" },
  not_found: { status: 404, title: "Not found" },
  method_not_allowed: { status: 405, title: "Method not allowed" },
  conflict: { status: 409, title: "Conflict" },
  precondition_failed: { status: 412, title: "Precondition failed" },
  payload_too_large: { status: 413, title: "Payload too large" },
  unsupported_media_type: { status: 415, title: "Unsupported media type" },
  rate_limited: { status: 429, title: "Too many requests" },
  /** What a function refuses with a status that no other code stands for. */
  refused: { status: 400, title: "Refused" },
  internal: { status: 500, title: "Internal error" },
  function_failed: { status: 500, title: "A function failed" },
  unavailable: { status: 503, title: "Unavailable" },
  function_timeout: { status: 504, title: "A function took too long" },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

/** A stable, machine-readable name of what went wrong. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** What can be wrong with one field of a body. */
export type FieldErrorCode =
  | "required"
  | "type"
  | "min"
  | "max"
  | "pattern"
  | "enum"
  | "unknown_field"
  | "reference"
  | "immutable"
  | "unique"
  | "restrict"
  | "refused";

/** One field at fault: `field` is its path in the body (`title`, `items.3.title`). */
export interface FieldProblem {
  readonly field: string;
  readonly code: FieldErrorCode;
  readonly message: string;
}

/** The body of every failed request (RFC 9457, `application/problem+json`). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly requestId: string;
  readonly errors?: readonly FieldProblem[];
  /** With `mfa_required`: what the second step of the login is taken with. */
  readonly mfaToken?: string;
}
