import { type Actor, actorOf, doneBy, type EventBus } from "../events/index.ts";
import { ANONYMOUS, type Principal } from "../principal.ts";

/** Where somebody comes from who wants something of an account. */
export interface Visit {
  /** What the client calls itself. */
  readonly device: string;
  /** The client's address, if it is known. */
  readonly address: string | undefined;
  /** Who acts in the place of whoever proves to be somebody: code of the project. */
  readonly by?: Actor;
}

/** Whom something happens to. */
interface Whom {
  readonly user: string;
  readonly collection: string;
}

/** Tells of accounts. A payload holds ids and nothing personal; where somebody came from is kept with who it was. */
export interface Telling {
  /** That the account did it, which whoever did it has proven to be theirs. */
  own(what: string, account: Whom, visit: Visit, more?: object): void;
  /** That somebody did it. */
  by(principal: Principal, what: string, payload: object, visit: Visit): void;
  /** That nobody knows who did it. */
  unproven(what: string, payload: object, visit: Visit): void;
}

/** Makes the way to tell. */
export function createTelling(events: EventBus): Telling {
  const tell: Telling["by"] = (principal, what, payload, visit) =>
    void events.emit(`auth.${what}`, payload, "auth", doneBy(visit.by ?? actorOf(principal), visit.address));
  return {
    by: tell,
    own(what, { user, collection }, { address, by }, more = {}) {
      const who = doneBy(by ?? { kind: "user", id: user }, address);
      events.emit(`auth.${what}`, { user, collection, ...more }, "auth", who);
    },
    unproven: (what, payload, visit) => tell(ANONYMOUS, what, payload, visit),
  };
}
