import { BakendError } from "../errors.ts";

/** The error for a mistake in an expression: `bad_request`, with the 1-based column of offset `at`. */
export function faultAt(at: number, message: string): BakendError {
  return new BakendError("bad_request", `Column ${at + 1}: ${message}.`);
}
