import type { LoggedEvent } from "../events/index.ts";
import type { Principal } from "../principal.ts";

/** What a watch gets to know of a change: the record as it may be seen, or that it has left the view. */
export type Sight = { readonly kind: "event"; readonly record: object } | { readonly kind: "leave" };

/** What each of several watches of one collection sees of an event; null if the event is about no record. */
export type Sights<W> = (logged: LoggedEvent, watches: readonly W[]) => Promise<readonly (Sight | null)[] | null>;

/** A subscription's wish, as whoever decides on records understands it. */
export interface WatchWish {
  readonly collection: string;
  readonly record?: string;
  readonly filter?: string;
}

/** What the hub needs of collections. `W` is what decides what somebody sees of a collection's changes. */
export interface RecordWatching<W> {
  isCollection(name: string): boolean;
  /** @throws BakendError as reading would */
  watch(principal: Principal, wish: WatchWish): W;
  /** Where a watch belongs; watches with the same key see the same. */
  placeOf(watch: W): { readonly collection: string; readonly key: string };
  readonly sights: Sights<W>;
  /**
   * Whose rights a change of a collection's records may change: those of `all`, those of the account that the record is
   * (`own`), or nobody's.
   */
  decidesOn(collection: string): "all" | "own" | "nobody";
  /** Takes over definitions that another process has changed. */
  refresh(): Promise<unknown>;
}
