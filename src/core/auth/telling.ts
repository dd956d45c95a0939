import { actorOf, doneBy, type EventBus } from "../events/index.ts";
import { ANONYMOUS, type Principal } from "../principal.ts";

/** Where somebody comes from who wants something of an account. */
export interface Visit {
  /** What the client calls itself. */
  readonly device: string;
  /** The client's address, if it is known. */
  readonly address: string | undefined;
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
  const by: Telling["by"] = (principal, what, payload, { address }) =>
    void events.emit(`auth.${what}`, payload, "auth", doneBy(actorOf(principal), address));
  return {
    by,
    own(what, { user, collection }, { address }, more = {}) {
      const who = doneBy({ kind: "user", id: user }, address);
      events.emit(`auth.${what}`, { user, collection, ...more }, "auth", who);
    },
    unproven: (what, payload, visit) => by(ANONYMOUS, what, payload, visit),
  };
}
