import type { Collections, RecordData } from "../collections/index.ts";
import { BakendError } from "../errors.ts";
import { isInScope, type Principal, systemPrincipal } from "../principal.ts";
import type { Guard } from "./guard.ts";
import type { Invitation } from "./invitations.ts";
import type { AccountRow, Lookup } from "./lookup.ts";
import type { MailFlows } from "./mail-flows.ts";
import type { Sessions } from "./sessions.ts";
import type { SignedIn, SignIn } from "./sign-in.ts";
import type { Telling, Visit } from "./telling.ts";

/** Which piece of the project's own code acts. */
export interface Code {
  /** Names the session that it begins: `function billing`. */
  readonly name: string;
  readonly principal: Principal;
}

/** What the project's own code may do with accounts, by the same ways that everybody takes. Every method throws `BakendError`. */
export interface AccountsByCode {
  /** The account behind an access token or an API key that is good for functions in full, as it is now; null if there is none. */
  verify(token: string): Promise<RecordData | null>;
  /** Begins a session without any proof: no password, no second factor. @throws BakendError `not_found` */
  signIn(code: Code, collection: string, user: string): Promise<SignedIn>;
  /** Ends all sessions of an account. @throws BakendError `not_found` */
  signOut(code: Code, collection: string, user: string): Promise<void>;
  /** As an admin would. @throws BakendError `unavailable`, `validation_failed`, `conflict` */
  invite(code: Code, collection: string, email: string, role: string | undefined): Promise<Invitation>;
  /** Sends a link, if the address has an account; whether it has is not told. @throws BakendError `unavailable` */
  sendPasswordReset(collection: string, email: string): void;
  /** Sends a link, if the address has an account and is not proven. @throws BakendError `unavailable` */
  sendVerification(collection: string, email: string): void;
}

/** What they are made of. */
export interface AccountsByCodeDeps {
  readonly collections: Pick<Collections, "own">;
  readonly telling: Telling;
  readonly lookup: Lookup;
  readonly guard: Pick<Guard, "identifyToken">;
  readonly signIn: SignIn;
  readonly sessions: Sessions;
  readonly mailFlows: MailFlows;
}

/** The actions of functions; a key that is good for some of them only is not its user in person. */
const ALL = ["view", "create", "update", "delete"] as const;

/** Makes the ways. */
export function createAccountsByCode(deps: AccountsByCodeDeps): AccountsByCode {
  const { collections, telling, lookup, guard, signIn, sessions, mailFlows } = deps;
  const find = async (collection: string, id: string): Promise<AccountRow> => {
    const account = await lookup.byId(lookup.collection(collection), id);
    if (account) return account;
    throw new BakendError("not_found", `There is no such account in ${collection.slice(0, 64).toWellFormed()}.`);
  };
  return {
    async verify(token) {
      const found = await principalOf(guard, token);
      if (found?.kind !== "user" || !ALL.every((action) => isInScope(found, "functions", action))) return null;
      return { ...collections.own(found), collection: found.collection };
    },
    async signIn({ name, principal }, collection, id) {
      const { user } = await find(collection, id);
      return signIn.logIn({ collection, user }, visitOf(name), "function", principal);
    },
    async signOut({ name, principal }, collection, id) {
      const { user } = await find(collection, id);
      await sessions.endAll(collection, user, telling.by(principal, "logout", { user, collection }, visitOf(name)));
    },
    invite: ({ name, principal }, collection, email, role) =>
      mailFlows.invitations.invite(principal, { collection, email, role }, visitOf(name)),
    sendPasswordReset: (collection, email) => mailFlows.reset.forgot(collection, email),
    sendVerification: (collection, email) =>
      mailFlows.verification.request(systemPrincipal("functions"), collection, email),
  };
}

/** Code comes from nowhere. */
function visitOf(name: string): Visit {
  return { device: name, address: undefined };
}

async function principalOf(guard: AccountsByCodeDeps["guard"], token: string): Promise<Principal | null> {
  try {
    return await guard.identifyToken(token);
  } catch (error) {
    if (error instanceof BakendError && error.code === "unauthenticated") return null;
    throw error;
  }
}
