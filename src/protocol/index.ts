export { ERROR_CODES, type ErrorCode, type FieldErrorCode, type FieldProblem, type Problem } from "./errors.ts";
export type { ClientMessage, ServerMessage } from "./realtime.ts";
export { VERSION } from "./version.ts";
