import type { Fault } from "../messages.ts";

/** What a function is told of a failure in what it asked for. */
export function askFault(error: unknown): Fault {
  const kind = "error";
  if (typeof error !== "object" || error === null || !("code" in error) || !("status" in error))
    return { kind, message: "The server could not do this.", code: "internal", status: 500 };
  const { code, status } = error;
  const message = "message" in error ? String(error.message) : "";
  const errors = "errors" in error && Array.isArray(error.errors) ? { errors: error.errors } : {};
  return { kind, message, code: String(code), status: Number(status), ...errors };
}
