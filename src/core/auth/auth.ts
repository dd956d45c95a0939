import type { FillRandom } from "../../tools/index.ts";
import type { Collections } from "../collections/index.ts";
import type { Database, Statement } from "../database/index.ts";
import { BakendError } from "../errors.ts";
import type { EventBus, EventLog } from "../events/index.ts";
import type { Outbox } from "../mail/index.ts";
import { type Principal, systemPrincipal } from "../principal.ts";
import { type Accounts, createAccounts } from "./accounts.ts";
import { type AccountsByCode, createAccountsByCode } from "./by-code.ts";
import { CODE_TABLE, createCodes, endCodesOf } from "./codes.ts";
import { createGuard, type Guard } from "./guard.ts";
import { createIdentities, endIdentitiesOf, IDENTITY_TABLE } from "./identities.ts";
import { createKeys, endKeysOf, KEY_TABLE, type Keys } from "./keys.ts";
import { createLookup } from "./lookup.ts";
import { createMailFlows, type MailFlows } from "./mail-flows.ts";
import { createMfaTokens } from "./mfa-tokens.ts";
import {
  createLinking,
  createLogins,
  createPeople,
  createProvider,
  type OAuth,
  type OnFault,
  type ProvidersSettings,
} from "./oauth/index.ts";
import { createOrigins } from "./origins.ts";
import {
  createPasskeyStore,
  createPasskeys,
  createRelyingParty,
  endPasskeysOf,
  PASSKEY_TABLE,
  type Passkeys,
} from "./passkeys/index.ts";
import { createPasswords, type PasswordHasher } from "./passwords.ts";
import { createPrincipals } from "./principals.ts";
import { createSeal, type Seal } from "./seal.ts";
import { createSecondFactor, endFactorsOf, FACTOR_TABLE } from "./second-factor.ts";
import { loadSecret } from "./secret.ts";
import { createSessions, endSessionsOf, type Session, type Sessions } from "./sessions.ts";
import { createSignIn } from "./sign-in.ts";
import { createTelling, type News, type Visit } from "./telling.ts";
import { createTokens } from "./tokens.ts";

/** What accounts are built on. */
export interface AuthDeps {
  readonly db: Database;
  readonly events: EventBus;
  /** Where events are kept, if they are. */
  readonly log: Pick<EventLog, "insert"> | null;
  /** The platform's; without one, whatever needs a password answers `unavailable`. */
  readonly hasher: PasswordHasher | undefined;
  /** Signs tokens; one is made and kept in the database if the configuration names none. */
  readonly secret: string | undefined;
  readonly registration: "open" | "closed";
  /** Providers to sign in through. */
  readonly providers: ProvidersSettings;
  /** Origins of pages and apps that sign people in, beside that of `url`. */
  readonly origins: readonly string[];
  /** Where the API is. */
  readonly url: string;
  /** Told why a provider could not be asked, or was not believed. */
  readonly onFault: OnFault;
  readonly random: FillRandom;
  readonly outbox: Outbox;
  newId(): string;
  /** Milliseconds since 1970. */
  now(): number;
  timestamp(): string;
}

/** The engine of accounts: what collections need of it, and what it makes of them. */
export interface Auth {
  hashPassword(password: string): Promise<string>;
  /** Keeps what must be readable again out of a copy of the database. */
  readonly seal: Seal;
  /** A keyed digest of a text, made with the server's secret. */
  digest(text: string): string;
  /** What ends all sessions of the accounts whose ids `users` gives. */
  endSessions(collection: string, users: Statement): Statement;
  /** What ends all codes that were sent to the accounts whose ids `users` gives. */
  voidCodes(collection: string, users: Statement): Statement;
  /** What is to be forgotten of the accounts whose ids `users` gives, beside their sessions, when they are deleted. */
  forget(collection: string, users: Statement): readonly Statement[];
  /** The ways into accounts, and who is asking, once there are collections. */
  over(collections: Collections): {
    readonly accounts: Accounts;
    readonly mailFlows: MailFlows;
    readonly keys: Keys;
    readonly oauth: OAuth;
    readonly passkeys: Passkeys;
    readonly guard: Guard;
    readonly byCode: AccountsByCode;
    /** Anybody's sessions, for admins; whose are ended hears nothing more. */
    readonly sessions: Pick<Sessions, "list"> & {
      endAll(collection: string, user: string, by: Principal, visit: Visit): Promise<void>;
    };
  };
}

/** Opens the accounts of a database. */
export async function openAuth(deps: AuthDeps): Promise<Auth> {
  const { db, newId, now, timestamp, registration } = deps;
  const telling = createTelling(deps.events, deps.log);
  const secret = await loadSecret(db, deps.secret, deps.random);
  const tokens = createTokens(secret, now);
  const seal = await createSeal(secret, deps.random);
  const reused = ({ user, collection }: Session, visit: Visit): News =>
    telling.unproven("token_reused", { user, collection }, visit);
  const sessions = createSessions({ db, tokens, newId, now, reused });
  await sessions.open();
  await db.alter([...KEY_TABLE, ...FACTOR_TABLE, ...CODE_TABLE, ...IDENTITY_TABLE, ...PASSKEY_TABLE]);
  const factors = createSecondFactor({ db, seal, random: deps.random, digest: tokens.digest, now });
  const mfaTokens = createMfaTokens(tokens.digest, now);
  const codes = createCodes({ db, random: deps.random, digest: tokens.digest, now });
  const passwords = createPasswords(deps.hasher ?? NO_HASHER);
  const origins = createOrigins(deps.url, deps.origins);
  return {
    hashPassword: passwords.hash,
    seal,
    digest: tokens.digest,
    endSessions: endSessionsOf,
    voidCodes: endCodesOf,
    forget: (collection, users) => [
      endKeysOf(collection, users),
      endFactorsOf(collection, users),
      endCodesOf(collection, users),
      endIdentitiesOf(collection, users),
      endPasskeysOf(collection, users),
    ],
    over: (collections) => {
      const { findUser, findAccount } = createPrincipals({ db, catalog: collections.schema.catalog, timestamp });
      const keys = createKeys({ db, telling, random: deps.random, findAccount, digest: tokens.digest, newId, now });
      const lookup = createLookup(db, collections.schema.catalog);
      const signIn = createSignIn({ collections, telling, sessions, tokens, findAccount, factors, mfaTokens });
      const system = collections.as({ ...systemPrincipal("accounts"), guest: true });
      const mailFlows = createMailFlows({
        ...{ db, telling, lookup, codes, outbox: deps.outbox, system, signIn, passwords, random: deps.random, now },
      });
      const { welcome } = mailFlows.verification;
      const identities = createIdentities(db, newId, timestamp);
      const { random } = deps;
      const people = createPeople({ db, telling, lookup, identities, system, registration, random, newId, welcome });
      const providers = Object.entries(deps.providers).map(
        ([name, settings]) => [name, createProvider(name, settings, now, deps.onFault)] as const,
      );
      const linking = createLinking({
        ...{ db, codes, lookup, identities, sessions, factors, passwords, telling, now },
      });
      const guard = createGuard(tokens, findUser, keys);
      return {
        byCode: createAccountsByCode({ collections, telling, lookup, guard, signIn, sessions, mailFlows }),
        keys,
        mailFlows,
        oauth: createLogins({
          ...{
            db,
            telling,
            codes,
            lookup,
            signIn,
            people,
            linking,
            identities,
            newId,
            url: deps.url,
            digest: tokens.digest,
          },
          providers: new Map(providers),
          origins,
        }),
        passkeys: createPasskeys({
          ...{ db, telling, codes, lookup, factors, signIn, newId, timestamp },
          store: createPasskeyStore(db),
          party: createRelyingParty(deps.url, origins),
        }),
        sessions: {
          list: sessions.list,
          async endAll(collection, user, by, visit) {
            await sessions.endAll(collection, user, telling.by(by, "logout", { user, collection }, visit));
          },
        },
        accounts: createAccounts({
          ...{ collections, telling, lookup, signIn, passwords, sessions, factors, mfaTokens, registration, welcome },
        }),
        guard,
      };
    },
  };
}

/** Platforms without a hasher still serve everything that needs no password. */
const NO_HASHER: PasswordHasher = {
  hash: () => Promise.reject(noHasher()),
  verify: () => Promise.reject(noHasher()),
  decoy: "",
};

function noHasher(): BakendError {
  return new BakendError("unavailable", "Passwords need a hasher: give createApp one as `passwords`.");
}
