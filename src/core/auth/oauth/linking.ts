import type { Database } from "../../database/index.ts";
import { BakendError } from "../../errors.ts";
import type { Principal } from "../../principal.ts";
import type { Codes, Proof } from "../codes.ts";
import type { Identities } from "../identities.ts";
import type { Lookup } from "../lookup.ts";
import { ended } from "../mfa-tokens.ts";
import type { Passwords } from "../passwords.ts";
import { requireText, requireUser } from "../require.ts";
import { type SecondFactor, wrongCode } from "../second-factor.ts";
import type { Sessions } from "../sessions.ts";
import { type Telling, tryNews, type Visit } from "../telling.ts";
import type { Person } from "./provider.ts";

/** What shows that it is still the same person who is signed in. */
export interface LinkProof {
  readonly password?: unknown;
  /** Of the second factor. */
  readonly code?: unknown;
}

/** Leads identities of providers to the account that one is signed in to. Every method throws `BakendError`. */
export interface Linking {
  /**
   * The state that a browser is to come back with, good for this session alone.
   * @throws BakendError `invalid_credentials`; `forbidden` where the session is not fresh and nothing else is given
   */
  begin(principal: Principal, proof: LinkProof, data: Readonly<Record<string, unknown>>): Promise<string>;
  /**
   * Leads a person to the account that has begun it. `principal` is whoever the browser is signed in as by cookie.
   * @throws BakendError `unauthenticated` if the session has ended or is another, `conflict` if the person has another account
   */
  finish(
    proof: Proof,
    person: () => Promise<Person>,
    provider: string,
    principal: Principal,
    visit: Visit,
  ): Promise<void>;
}

/** What linking needs. */
export interface LinkingDeps {
  readonly db: Database;
  readonly codes: Codes;
  readonly lookup: Lookup;
  readonly identities: Identities;
  readonly sessions: Pick<Sessions, "list">;
  readonly factors: Pick<SecondFactor, "status" | "use">;
  readonly passwords: Pick<Passwords, "verify">;
  readonly telling: Telling;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Milliseconds for which a new session shows by itself who it is. */
const FRESH = 10 * 60_000;

/** Makes the way to link. */
export function createLinking(deps: LinkingDeps): Linking {
  const { db, codes, lookup, identities, sessions, factors, passwords, telling } = deps;

  const sessionOf = async (collection: string, user: string, id: unknown) =>
    (await sessions.list(collection, user)).find((one) => one.id === id);

  return {
    async begin(principal, { password, code }, data) {
      const { collection, id: user, session } = requireUser(principal);
      const owner = { collection, user };
      // a way in is made here: whoever has come upon an open session must not make one for themselves
      const known = await sessionOf(collection, user, session);
      const fresh = known !== undefined && deps.now() - Date.parse(known.createdAt) < FRESH;
      if (!fresh && (await factors.status(owner)).totp) {
        if (!(await factors.use(owner, requireText(code, "code")))) throw wrongCode();
      } else if (!fresh) {
        if (password === undefined)
          throw new BakendError("forbidden", "Sign in anew first, or give the password with it.");
        const account = await lookup.byId(lookup.collection(collection), user);
        if (!(await passwords.verify(requireText(password, "password"), account?.passwordHash ?? null)))
          throw new BakendError("invalid_credentials", "The password is wrong.");
      }
      return codes.issue("link", owner, { ...data, session });
    },
    async finish({ collection, user, data }, person, provider, principal, visit) {
      const isOther = principal.kind === "user" && (principal.id !== user || principal.collection !== collection);
      if (isOther || !(await sessionOf(collection, user, data.session))) throw ended();
      const account = await lookup.byId(lookup.collection(collection), user);
      if (!account) throw ended();
      const found = await person();
      const holder = await identities.find(found, collection);
      if (holder === user) return;
      if (holder !== null) throw taken(provider);
      const news = telling.own("identity_added", account, visit, { provider });
      if (!(await tryNews(db, [identities.addTo(found, account, provider)], news))) throw taken(provider);
    },
  };
}

function taken(provider: string): BakendError {
  return new BakendError("conflict", `What ${provider} knows you by leads to another account already.`);
}
