import type { TriggerSpec } from "./trigger.ts";

/** The version of the messages below. Parent and child are always the same program, so another one is a mistake. */
export const PROTOCOL = 1;

/** A record as it crosses the boundary. */
export type Data = Readonly<Record<string, unknown>>;

/** A file of functions: its path from the functions folder, and where it is. */
export interface FunctionFile {
  /** `billing/invoices.ts`. */
  readonly name: string;
  /** What `import()` takes. */
  readonly url: string;
  /** The job that it holds; functions declare themselves. */
  readonly job?: string;
}

/** Why a file could not be loaded. */
export interface LoadFault {
  readonly file: string;
  readonly line?: number;
  readonly message: string;
}

/** What went wrong in a call, or in what it asked for. */
export interface Fault {
  /** `http`: a status that was asked for; `field`: a field at fault; `error`: anything else that was thrown. */
  readonly kind: "http" | "field" | "error";
  readonly message: string;
  readonly status?: number;
  /** The field at fault, and what is wrong with it. */
  readonly field?: string;
  readonly code?: string;
  readonly errors?: readonly { readonly field: string; readonly code: string; readonly message: string }[];
  /** For the log, never for a client. */
  readonly stack?: string;
  /** What has failed must not be tried again. */
  readonly final?: boolean;
}

/** An HTTP request or answer; a body is text, or bytes in base64url. */
export interface WireHttp {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly text?: string;
  readonly bytes?: string;
}

/** A request as a function, or the parent on a function's behalf, gets it. */
export interface WireRequest extends WireHttp {
  readonly method: string;
  readonly url: string;
}

/** The answer to a `WireRequest`. */
export interface WireResponse extends WireHttp {
  readonly status: number;
}

/** A request that a function makes. */
export interface OutboundRequest extends WireRequest {
  /** What is done with redirections, if they are not followed. */
  readonly redirect?: "manual" | "error";
}

/** The answer to an `OutboundRequest`. */
export interface OutboundResponse extends WireResponse {
  /** Where it came from, if redirections were followed. */
  readonly redirectedTo?: string;
}

/** What a handler is called with. */
export interface CallInput {
  readonly user: Data | null;
  readonly event?: Data;
  readonly record?: Data;
  readonly previous?: Data;
  readonly request?: WireRequest;
  readonly params?: Readonly<Record<string, string>>;
  /** What a job is run with. */
  readonly payload?: unknown;
  readonly job?: { readonly id: string; readonly name: string; readonly attempt: number };
}

/** What is asked about a step: whether it is done, that it is, to go on later, or when something happens. */
export type StepQuestion =
  | { readonly do: "begin"; readonly name: string }
  | { readonly do: "end"; readonly name: string; readonly value: unknown }
  | { readonly do: "sleep"; readonly name: string; readonly milliseconds: number }
  | { readonly do: "wait"; readonly name: string; readonly pattern: string; readonly milliseconds: number };

/** `done`: with its result; `open`: to be done now; `until`: the call ends here, and goes on then. */
export type StepReply =
  | { readonly is: "done"; readonly value: unknown }
  | { readonly is: "open" }
  | { readonly is: "until"; readonly at: number };

/** A method of something in the context, and what it is called with. */
export interface MethodAsk {
  readonly method: string;
  readonly args: readonly unknown[];
}

/** What a running call may ask the parent for. */
export type Ask =
  | { readonly op: "step"; readonly what: StepQuestion }
  | { readonly op: "enqueue"; readonly job: string; readonly payload: unknown; readonly options: unknown }
  | { readonly op: "fetch"; readonly request: OutboundRequest }
  | ({ readonly op: "auth" } & MethodAsk)
  | ({ readonly op: "mail" } & MethodAsk)
  | ({ readonly op: "storage" } & MethodAsk)
  | {
      readonly op: "db";
      readonly method: string;
      readonly collection: string;
      /** The user whose rules apply, null for one who is not signed in; the system without it. */
      readonly as?: { readonly collection: string; readonly id: string } | null;
      readonly args: readonly unknown[];
    };

/** From the parent to a child. */
export type HostMessage =
  | {
      readonly type: "load";
      readonly version: number;
      readonly files: readonly FunctionFile[];
      /** What files hold, by their address: a child that is started later runs the same version, whatever they hold by then. */
      readonly texts: Readonly<Record<string, string>>;
      readonly env: Readonly<Record<string, string>>;
      /** Bytes of memory beyond which the child is of no more use. */
      readonly memory: number;
    }
  | { readonly type: "call"; readonly call: number; readonly trigger: number; readonly input: CallInput }
  | { readonly type: "answer"; readonly ask: number; readonly value?: unknown; readonly fault?: Fault }
  /** The call is over as far as the parent is concerned. */
  | { readonly type: "drop"; readonly call: number }
  | { readonly type: "ping" };

/** From a child to the parent. */
export type GuestMessage =
  | { readonly type: "hello"; readonly version: number; readonly sandbox: string; readonly confined: boolean }
  | { readonly type: "loaded"; readonly triggers: readonly TriggerSpec[] }
  | { readonly type: "broken"; readonly faults: readonly LoadFault[] }
  | { readonly type: "began"; readonly call: number }
  | { readonly type: "done"; readonly call: number; readonly value?: unknown }
  | { readonly type: "failed"; readonly call: number; readonly fault: Fault }
  | { readonly type: "ask"; readonly call: number; readonly ask: number; readonly what: Ask }
  | ({ readonly type: "log" } & LogLine)
  | { readonly type: "pong" }
  /** Something has changed what all calls share, or too much memory is held: it begins no more calls. */
  | { readonly type: "spent" };

/** A line of the log, as a function writes it. */
export interface LogLine {
  readonly level: GuestLevel;
  /** The function's name; empty where it is not known. */
  readonly from: string;
  readonly message: string;
  /** The call that wrote it, where it is known. */
  readonly call?: number;
}

/** The levels that a function may log at. */
export type GuestLevel = (typeof GUEST_LEVELS)[number];

/** Least first. */
export const GUEST_LEVELS = ["debug", "info", "warn", "error"] as const;
