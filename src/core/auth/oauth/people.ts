import type { FillRandom } from "../../../tools/index.ts";
import type { Collection, RecordAccess, RecordData } from "../../collections/index.ts";
import { type Database, isMissed } from "../../database/index.ts";
import { BakendError } from "../../errors.ts";
import { endStrangers } from "../by-mail.ts";
import type { Identities } from "../identities.ts";
import type { AccountRow, Lookup } from "../lookup.ts";
import { requireAddress } from "../require.ts";
import { randomSecret } from "../secret.ts";
import { commitNews, createAndTell, statementsOf, type Telling, tellAll, type Visit } from "../telling.ts";
import type { Person } from "./provider.ts";

/** The accounts of people whom a provider has identified. */
export interface People {
  /**
   * The account that the person is known by, or the one that has their address, or a new one.
   * @throws BakendError `conflict` where the address has an account and nobody vouches for its being theirs, `forbidden` if registration is closed
   */
  accountOf(person: Person, collection: Collection, provider: string, visit: Visit): Promise<AccountRow>;
}

/** What people need. */
export interface PeopleDeps {
  readonly db: Database;
  readonly telling: Telling;
  readonly lookup: Lookup;
  readonly identities: Identities;
  /** Records as the system. */
  readonly system: RecordAccess;
  readonly registration: "open" | "closed";
  readonly random: FillRandom;
  newId(): string;
  /** Told of a new account whose address is not proven. */
  welcome(collection: string, user: string): void;
}

/** How often what somebody else did meanwhile is taken into account. */
const TRIES = 3;

/** Makes the way from people to accounts. */
export function createPeople(deps: PeopleDeps): People {
  const { db, telling, lookup, identities, system, registration, random, newId, welcome } = deps;

  /** A known address: only the word of both, ours and the provider's, makes them one person. */
  const link = async (person: Person, account: AccountRow, provider: string, visit: Visit): Promise<void> => {
    const { collection, user } = account;
    if (!person.verified) throw notTheirs(provider);
    const add = identities.addTo(person, account, provider);
    const added = telling.own("identity_added", account, visit, { provider });
    if (account.verified) return commitNews(db, [add], added);
    // a password that nobody knows ends what was signed in with the old one
    const data = { password: randomSecret(random), verified: true };
    const news = [telling.own("verified", account, visit), added];
    const alongside = [...endStrangers(account), add, ...statementsOf(news)];
    await system.batch([{ op: "update", collection, id: user, data }], () => alongside);
    tellAll(news);
  };

  const create = async (
    person: Person,
    collection: Collection,
    email: string,
    provider: string,
    visit: Visit,
  ): Promise<void> => {
    if (registration === "closed") throw new BakendError("forbidden", "Registration is closed.");
    const id = newId();
    const account = { collection: collection.name, user: id };
    const add = identities.add(person, account, provider);
    const data = { id, email, verified: person.verified, ...profile(collection, person) };
    await createAndTell(system.records(collection.name), data, () => telling.own("register", account, visit), add);
    if (!person.verified) welcome(account.collection, id);
  };

  /** The account of a person who is known; null for one who is not. */
  const known = async (person: Person, collection: Collection): Promise<AccountRow | null> => {
    const user = await identities.find(person, collection.name);
    return user === null ? null : lookup.byId(collection, user);
  };

  return {
    async accountOf(person, collection, provider, visit) {
      for (let tried = 1; ; tried += 1) {
        const account = await known(person, collection);
        if (account) return account;
        if (person.email === null) throw noAddress(provider);
        const email = requireAddress(person.email);
        const owner = await lookup.byEmail(collection, email);
        await (owner ? link(person, owner, provider, visit) : create(person, collection, email, provider, visit)).catch(
          (error: unknown) => {
            if (tried === TRIES || !isLostRace(error)) throw error;
          },
        );
      }
    },
  };
}

/** The name, if accounts have one that everybody chooses for themselves, and that any text will do for. */
function profile({ fields }: Collection, { name }: Person): RecordData {
  const field = fields.find((one) => one.name === "name")?.definition;
  if (name === null || field?.type !== "text") return {};
  const { min, max = 200, pattern, unique, permissions } = field;
  const guarded = (permissions?.write ?? "public") !== "public";
  // nobody is kept out because of what a provider calls them
  if (guarded || unique || min !== undefined || pattern !== undefined) return {};
  return { name: name.slice(0, Number(max)).toWellFormed().replaceAll("\u0000", "") };
}

/** Another login of the same person, or a change of the account, was faster. */
function isLostRace(error: unknown): boolean {
  if (error instanceof BakendError) return error.code === "conflict" && error.errors !== undefined;
  return isMissed(error);
}

function notTheirs(provider: string): BakendError {
  const why = `there is an account with this address already, and ${provider} does not say that it is yours`;
  return new BakendError("conflict", `Sign in as you did before: ${why}.`);
}

function noAddress(provider: string): BakendError {
  return new BakendError("conflict", `${provider} did not tell an e-mail address, and no account is made without one.`);
}
