import type { Database } from "../database/index.ts";
import type { EventBus, EventLog } from "../events/index.ts";
import type { Catalog } from "./catalog.ts";
import type { EndSessions, ForgetAccounts, HashPassword } from "./credentials.ts";
import type { WriteHooks } from "./hooks.ts";

/** What reading and writing records needs, handed from function to function. */
export interface Engine {
  readonly db: Database;
  readonly events: EventBus;
  /** Keeps events with the changes they tell of; null where they are only emitted. */
  readonly log: EventLog | null;
  /** The collections as they are now. Take it once per operation. */
  catalog(): Catalog;
  /** Brings the collections up to date with the database, after any change that is under way. */
  refresh(): Promise<unknown>;
  readonly hashPassword: HashPassword;
  /** What ends the sessions of an account whose password is changed. */
  readonly endSessions: EndSessions;
  readonly voidCodes: EndSessions;
  /** What else is forgotten of accounts that are deleted. */
  readonly forget: ForgetAccounts;
  readonly hooks: WriteHooks;
  /** Runs a task once the current one is over. */
  defer(task: () => void): void;
  /** Milliseconds of a clock that never goes back. */
  stopwatch(): number;
  newId(): string;
  /** The present, in ISO 8601 with milliseconds. */
  timestamp(): string;
}
