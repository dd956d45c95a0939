export { ERROR_CODES, type ErrorCode, type FieldErrorCode, type FieldProblem, type Problem } from "./errors.ts";
export type {
  ClientMessage,
  PresentClient,
  RoomClient,
  RoomMessage,
  RoomUser,
  ServerMessage,
} from "./realtime.ts";
export type { AccountFields, RecordOf, SystemFields } from "./record-types.ts";
export { VERSION } from "./version.ts";
