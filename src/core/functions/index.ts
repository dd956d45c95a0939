export type { ByFunction, FunctionAccess, FunctionAccounts, FunctionFiles, FunctionMails } from "./access.ts";
export { createFunctions, type Functions, type FunctionsDeps } from "./functions.ts";
export { createGuest, type Guest, type GuestCall, type GuestPlatform } from "./guest/index.ts";
export type { PendingWrite, WriteHooks } from "./hooks.ts";
export type { HttpCall, HttpFunctions, HttpReply } from "./http.ts";
export { type LoadReport, NOTHING as NO_FUNCTIONS } from "./loader.ts";
export type {
  Ask,
  CallInput,
  Data,
  Fault,
  FunctionFile,
  GuestLevel,
  GuestMessage,
  HostMessage,
  LoadFault,
  OutboundRequest,
  OutboundResponse,
  WireRequest,
  WireResponse,
} from "./messages.ts";
export type { Child, ChildListener, FunctionRunner, FunctionSource, KeptFunctions, ProcessorTimes } from "./runner.ts";
export type { JobOptions } from "./trigger.ts";
export { bodyOut } from "./wire-body.ts";
