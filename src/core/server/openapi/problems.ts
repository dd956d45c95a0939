import { ERROR_CODES, type ErrorCode, type Problem } from "../../../protocol/index.ts";
import { headers, type Node, ref } from "./node.ts";

/** Headers that go with a status, beside `x-request-id`. */
const HEADERS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { "www-authenticate": "Which kind of token is wanted." },
};

/** What went wrong, in words of an example. */
const DETAILS: Readonly<Partial<Record<ErrorCode, string>>> = {
  bad_request: "limit must be a whole number from 1 to 500.",
  validation_failed: "title is required.",
  unauthenticated: "The token is not valid.",
  forbidden: "You may not do this.",
  not_found: "There is no such record.",
  conflict: "The value is taken.",
  precondition_failed: "The record has been changed since.",
  payload_too_large: "The body may have at most 1048576 bytes.",
  unsupported_media_type: "Send JSON, with the header content-type: application/json.",
};

const ERRORS: Readonly<Partial<Record<ErrorCode, Problem["errors"]>>> = {
  validation_failed: [{ field: "title", code: "required", message: "is required" }],
  conflict: [{ field: "slug", code: "unique", message: "is taken" }],
};

/** The error answers of an operation, by status, and `default` for what can happen to every request. */
export function failures(...codes: readonly ErrorCode[]): Node {
  const statuses = new Set(codes.map((code) => ERROR_CODES[code].status));
  const known = [...statuses].map((status) => {
    const together = codes.filter((code) => ERROR_CODES[code].status === status);
    return [String(status), problem(status, together)];
  });
  const rest: Node = {
    description: "Any other error: too many requests, a fault of the server, a server that is starting or stopping.",
    content: { "application/problem+json": { schema: ref("Problem") } },
  };
  return { ...Object.fromEntries(known), default: rest };
}

function problem(status: number, codes: readonly ErrorCode[]): Node {
  const examples = codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]);
  return {
    description: codes.map((code) => ERROR_CODES[code].title).join(", or "),
    ...(HEADERS[status] ? headers(HEADERS[status]) : {}),
    content: { "application/problem+json": { schema: ref("Problem"), examples: Object.fromEntries(examples) } },
  };
}

/** An example for every code that `failures` may name. */
export function problemExamples(): Node {
  const codes = Object.keys(ERROR_CODES) as ErrorCode[];
  return Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }]));
}

function exampleOf(code: ErrorCode): Problem {
  const { status, title } = ERROR_CODES[code];
  const errors = ERRORS[code];
  return {
    type: `urn:bakend:error:${code}`,
    title,
    status,
    detail: DETAILS[code] ?? `${title}.`,
    code,
    requestId: "7b1f0c2a9d3e4f50",
    ...(errors ? { errors } : {}),
  };
}

/** The schema of every error's body. */
export function problemSchema(): Node {
  const text = (description: string): Node => ({ type: "string", description });
  return {
    type: "object",
    description: "What went wrong (RFC 9457).",
    properties: {
      type: text("A name of the kind of problem, as a URN."),
      title: text("The same in words."),
      status: { type: "integer", description: "The HTTP status." },
      detail: text("What it was this time."),
      code: { type: "string", enum: Object.keys(ERROR_CODES), description: "What programs should go by." },
      requestId: text("Also in the header x-request-id, and in the server's log."),
      mfaToken: text("With mfa_required: what the second step of the login is taken with."),
      errors: {
        type: "array",
        description: "Every field at fault.",
        items: {
          type: "object",
          properties: {
            field: text("Its path in the body, such as title or 3.title."),
            code: text("What is wrong: required, type, min, max, pattern, enum, unknown_field, reference, unique ..."),
            message: text("The same in words."),
          },
          required: ["field", "code", "message"],
        },
      },
    },
    required: ["type", "title", "status", "detail", "code", "requestId"],
  };
}
