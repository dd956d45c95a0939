import type { Fault } from "../messages.ts";

/** Thrown by a function to answer with a status: `throw new HttpError(402, "Pay first")`. */
export class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message = "") {
    super(message);
    this.name = "HttpError";
    this.status = status;
  }
}

/** Thrown by a function to refuse a field: the answer is `validation_failed`, as if the server had found the fault. */
export class FieldError extends Error {
  readonly field: string;
  readonly code: string;

  constructor(field: string, code: string, message = "is refused") {
    super(message);
    this.name = "FieldError";
    this.field = field;
    this.code = code;
  }
}

/** Thrown by `db`, `auth`, `mail`, `storage` and `fetch` where the server refuses: the same codes as over HTTP. */
export class BakendError extends Error {
  readonly code: string;
  readonly status: number;
  readonly errors: NonNullable<Fault["errors"]>;

  constructor({ code = "internal", status = 500, message, errors = [] }: Fault) {
    super(message);
    this.name = "BakendError";
    this.code = code;
    this.status = status;
    this.errors = errors;
  }
}

/** What a function gets for more than the server takes of it. */
export function tooLarge(message: string): BakendError {
  return new BakendError({ kind: "error", code: "payload_too_large", status: 413, message });
}

/** Characters of a text, and of a stack. */
const MAX_TEXT = 4000;

/** The outermost of these is where the engine calls a function: what stands below tells nobody anything. */
const CALLED = /^\s*at (?:AsyncLocalStorage\.)?run \(node:/;

/** Where what has waited goes on. */
const TURN = /\(node:internal\/process\//;

/** Where the engine's own code is, in a process of functions. */
const OWN = new URL(".", import.meta.url).pathname;

function withoutOurs(stack: string): string {
  const lines = stack.split("\n");
  const end = lines.findLastIndex((line) => CALLED.test(line));
  return (end < 0 ? lines : lines.slice(0, end)).filter((line) => !line.includes(OWN) && !TURN.test(line)).join("\n");
}

/** What a thrown thing is to the parent. Reading it may throw again: a function can throw anything. */
export function faultOf(error: unknown): Fault {
  try {
    if (error instanceof HttpError) return { kind: "http", message: textOf(error.message), status: error.status };
    if (error instanceof FieldError)
      return { kind: "field", message: textOf(error.message), field: textOf(error.field), code: textOf(error.code) };
    if (error instanceof Error) {
      const stack = withoutOurs(String(error.stack ?? "")).slice(0, MAX_TEXT);
      const message = textOf(error.message);
      return { kind: "error", message, stack: stack.includes(message) ? stack : `${error.name}: ${message}\n${stack}` };
    }
    return { kind: "error", message: textOf(error) };
  } catch {
    return { kind: "error", message: "something that cannot be shown was thrown" };
  }
}

function textOf(value: unknown): string {
  return String(value).slice(0, MAX_TEXT);
}
