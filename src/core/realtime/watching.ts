import type { LoggedEvent } from "../events/index.ts";
import type { Principal } from "../principal.ts";

/**
 * What a watch gets to know of a change: the record as it may be seen, or that it has left the view; `unknown` if nobody can say
 * any more whether it may know.
 */
export type Sight =
  | { readonly kind: "event"; readonly record: object }
  | { readonly kind: "leave" }
  | { readonly kind: "unknown" };

/** What each of several watches of one collection sees of an event; null if the event is about no record. */
export type Sights<W> = (logged: LoggedEvent, watches: readonly W[]) => Promise<readonly (Sight | null)[] | null>;

/** A subscription's wish, as whoever decides on records understands it. */
export interface WatchWish {
  readonly collection: string;
  readonly record?: string;
  readonly filter?: string;
  /** Unless it is to hear of changes: to be in the room that the record is, or to say something there. */
  readonly action?: "join" | "send";
}

/** What the hub needs of collections. `W` is what decides what somebody sees of a collection's changes. */
export interface RecordWatching<W> {
  isCollection(name: string): boolean;
  /** @throws BakendError as reading would */
  watch(principal: Principal, wish: WatchWish): W;
  /** Where a watch belongs; watches with the same key see the same. */
  placeOf(watch: W): { readonly collection: string; readonly key: string };
  /** Whether equal watches may come out otherwise where a deletion changes what those who have them may see. */
  isPersonal(watch: W): boolean;
  /** Whether two watches of the same wish, made one after the other, let the same be seen: what happened in between changed nothing. */
  isSame(one: W, other: W): boolean;
  /** Whether an event may have changed what a watch lets be seen: who comes back after it does not know what was seen before. */
  mayHaveTurned(logged: LoggedEvent, watch: W): boolean;
  /** The place of the stream where it ended when something that decides was defined otherwise, the last time; 0 for never. */
  since(watch: W): number;
  /** Rejects for an event of before. */
  readonly sights: Sights<W>;
  /** What a filter costs with each event: its comparisons. */
  costOf(watch: W): number;
  /** Which of these watches, all of the same single record, hold for it as it is now. */
  holdNow(watches: readonly W[]): Promise<readonly boolean[]>;
  /** The collections of other records that decide on a watch, and whether something may that no event tells of. */
  ground(watch: W): { readonly reach: ReadonlySet<string>; readonly passing: boolean };
  /**
   * Whose rights a change of a collection's records may change: those of `all`, those of the account that the record is
   * (`own`), or nobody's.
   */
  decidesOn(collection: string): "all" | "own" | "nobody";
  /** Takes over definitions that another process has changed. */
  refresh(): Promise<unknown>;
}
