/** What the routes about the server's doings answer with, as far as the panel reads it. */

/** A job, and how it stands with its schedule. */
export interface Job {
  readonly name: string;
  readonly schedule: string | null;
  readonly timezone: string | null;
  /** The events that make a job of themselves. */
  readonly on: string | null;
  readonly paused: boolean;
  readonly nextAt: string | null;
}

/** One try of a job. */
export interface JobRun {
  readonly id: number;
  readonly job: string;
  readonly name: string;
  readonly attempt: number;
  readonly state: "running" | "done" | "failed" | "lost" | "canceled" | "paused" | "interrupted";
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly error: string | null;
  readonly lines: readonly string[];
}

/** A job that waits, runs or has run. */
export interface Queued {
  readonly id: string;
  readonly name: string;
  readonly key: string | null;
  readonly state: "queued" | "running" | "done" | "failed" | "canceled";
  readonly runAt: string;
  readonly tries: number;
  readonly maxTries: number;
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly error: string | null;
}

/** One of the queue with all that is known of it. */
export interface QueuedWhole extends Queued {
  readonly payload: unknown;
  readonly runs: readonly JobRun[];
}

/** Who did something. */
export interface Actor {
  readonly kind: string;
  readonly id?: string;
  readonly key?: string;
}

/** An event as the log keeps it. What comes live has no `seq`, and tells neither who nor from where. */
export interface LoggedEvent {
  readonly id: string;
  readonly seq?: number;
  readonly type: string;
  readonly timestamp: string;
  readonly source: string;
  readonly payload: unknown;
  readonly previous?: Readonly<Record<string, unknown>> | null;
  readonly actor?: Actor | null;
  readonly from?: string | null;
}

/** A delivery that did not succeed. */
export interface Delivery {
  readonly id: number;
  /** `function NAME`, `job NAME`, `webhook ID`. */
  readonly target: string;
  readonly state: "dead" | "waiting";
  readonly tries: number;
  readonly nextAt: string | null;
  readonly error: string | null;
  readonly event: LoggedEvent;
}

/** Who elsewhere is told of events. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly enabled: boolean;
  readonly createdAt: string;
}

/** One attempt to deliver to a webhook. */
export interface Attempt {
  readonly id: number;
  readonly event: string;
  readonly type: string;
  readonly at: string;
  readonly milliseconds: number;
  readonly status: number | null;
  readonly error: string | null;
}

/** An account of any collection. */
export interface Account {
  readonly id: string;
  readonly collection: string;
  readonly email: string;
  readonly role: string;
  readonly verified: boolean;
  readonly createdAt: string;
  readonly [field: string]: unknown;
}

/** Where an account is signed in. */
export interface AccountSession {
  readonly id: string;
  readonly device: string;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
}

/** One account with all that is known of it. */
export interface AccountWhole extends Account {
  readonly sessions: readonly AccountSession[];
}

/** Somebody who may make an account. */
export interface Invitation {
  readonly email: string;
  readonly role: string;
  readonly collection: string;
  readonly expiresAt: string;
}

/** An API key, without what it is used by. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly role: string | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
}

/** A setting in force; `value` is absent of a secret. */
export interface Setting {
  readonly path: string;
  readonly variable: string;
  readonly source: "default" | "file" | "environment";
  readonly value?: unknown;
}
