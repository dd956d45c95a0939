import type { Database } from "../../database/index.ts";
import type { BakendEvent } from "../event.ts";
import type { LoggedEvent } from "../log.ts";
import type { EventStream, Every } from "../stream.ts";

/** What a consumer is made of. */
export interface ConsumerDeps {
  readonly name: string;
  /**
   * Whether targets wait for others' machines: each has some places and no more, and one that took long to fail rests for as
   * long; what comes for it meanwhile is kept.
   */
  readonly apart?: boolean;
  readonly db: Database;
  readonly stream: EventStream;
  /** Names this process among others. */
  readonly owner: string;
  every: Every;
  /** Milliseconds since 1970. */
  now(): number;
  /** Whether there is anything that some event could be for. While there is not, events pass by unread, for good. */
  isWanted(): boolean;
  /** Takes over targets that other processes have made: called when there are new events, before they are looked at. */
  refresh?(): Promise<unknown>;
  /** Everything that events of a type are to be delivered to. */
  targetsOf(type: string): readonly string[];
  /** Whether a target wants no event of this type any more, for good: nothing is delivered to it, or kept for it. */
  isGone?(target: string, type: string): boolean;
  /** Whether a target wants nothing for now: what there is for it waits, and no try is counted. */
  isPaused?(target: string): boolean;
  /** Delivers one event. What it rejects with is a reason to try again later, unless it is a `FinalError`. */
  deliver(target: string, logged: LoggedEvent): Promise<void>;
  /** Told when a delivery is given up. */
  onDead(target: string, event: BakendEvent, error: string): void;
  /** Told of what keeps the consumer from its work. */
  onError(error: unknown): void;
}
