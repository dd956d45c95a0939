/** What happened, in RFC-0000's five fields. Frozen: no handler can change what the next one sees. */
export interface BakendEvent<P = unknown> {
  /** UUIDv7: unique, and in the order in which events of one process happened. */
  readonly id: string;
  /** `family.what`: `posts.created`, `auth.login`, `job.failed`. */
  readonly type: string;
  /** ISO 8601 UTC with milliseconds. */
  readonly timestamp: string;
  /** The subsystem that emitted it: `collections`, `server`, `jobs`. */
  readonly source: string;
  readonly payload: P;
}

/** Who did something: the id of a user, and of the API key that was used. */
export interface Actor {
  readonly kind: string;
  readonly id?: string;
  readonly key?: string;
  /** How many functions stand between a request and this, where some do. */
  readonly depth?: number;
}

/** How many functions and jobs may stand in a row, each set off by what the one before did. */
export const MAX_DEPTH = 8;

/**
 * What travels beside an event for handlers inside the process and is never sent to anyone as it stands:
 * for record events the row before an update, and who did it.
 */
export interface EventDetail {
  readonly previous?: Readonly<Record<string, unknown>>;
  readonly actor?: Actor;
  /** The deletion that a change is a part of, where other records may go with the one that is deleted: theirs all have it. */
  readonly removal?: string;
  /**
   * The address that it was done from: of what happens to accounts, and of what admins do. It is personal: only the log keeps
   * it, with the actor, and only admins are told.
   */
  readonly from?: string;
}

/** The order of delivery: every handler of one lane has been started before any of the next. */
export type Lane = "logging" | "realtime" | "functions" | "plugins";

/** Called for each matching event. What it throws or rejects with is reported and touches nobody else. */
export type EventHandler = (event: BakendEvent, detail: EventDetail) => unknown;

/** The one way in which subsystems hear of each other. */
export interface EventBus {
  /**
   * Announces that something happened, and returns at once: handlers run later, lane by lane, in the order of emission.
   * `payload` is frozen, deeply.
   */
  emit(type: string, payload: unknown, source: string, detail?: EventDetail): BakendEvent;
  /**
   * An event that will have happened once it is published: what is committed first, or made elsewhere under an id. It is
   * frozen then, and not to be changed before.
   */
  prepare(type: string, payload: unknown, source: string, made?: Pick<BakendEvent, "id" | "timestamp">): BakendEvent;
  /** Announces a prepared event, as `emit` does. Where events are kept, it was committed with what it tells of. */
  publish(event: BakendEvent, detail?: EventDetail): void;
  /** Whether anybody listens for this type: saves making a payload that nobody would see. */
  hears(type: string): boolean;
  /**
   * Subscribes to `*`, `family.*`, one type, or the types that a test accepts (asked once per type). Returns the way to
   * unsubscribe. The lane is `plugins` unless said.
   */
  on(pattern: string | ((type: string) => boolean), handler: EventHandler, lane?: Lane): () => void;
  /**
   * Subscribes to whatever is emitted, and not to what is published; before all lanes. It does not count as somebody who
   * hears.
   */
  onEmitted(handler: EventHandler): void;
  /** Resolves when everything emitted so far has been handled, including what handlers emitted meanwhile. */
  idle(): Promise<void>;
}
