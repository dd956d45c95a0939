import type { Database } from "../database/index.ts";
import type { EventBus } from "../events/index.ts";
import type { Principal } from "../principal.ts";
import type { EndSessions, ForgetAccounts, HashPassword } from "./credentials.ts";
import type { Engine } from "./engine.ts";
import { type Explanation, explainAccess, type Question, type Who } from "./explain.ts";
import { NO_HOOKS, type WriteHooks } from "./hooks.ts";
import type { RecordData } from "./record.ts";
import { accessAs, ownRecord, type RecordAccess } from "./records.ts";
import { openSchema, type Schema } from "./schema.ts";

/** What collections are built on. */
export interface CollectionsDeps {
  readonly db: Database;
  readonly events: EventBus;
  /** Hashes the passwords that accounts are created and changed with. */
  readonly hashPassword: HashPassword;
  /** What ends the sessions of an account whose password is changed. */
  readonly endSessions: EndSessions;
  /** What ends the codes that were mailed to an account whose password or address is changed. */
  readonly voidCodes: EndSessions;
  /** What else is forgotten of accounts that are deleted. */
  readonly forget: ForgetAccounts;
  /** What stands before writes. */
  readonly hooks?: WriteHooks;
  newId(): string;
  timestamp(): string;
}

/** The collections of an app: their definitions, and their records as seen by somebody. */
export interface Collections {
  readonly schema: Schema;
  /** There is no other way to a record than as a principal. */
  as(principal: Principal): RecordAccess;
  /** The account of somebody signed in, as far as they may see its fields, whatever the collection's own rules say. */
  own(user: Extract<Principal, { kind: "user" }>): RecordData;
  /** Why a principal may or may not do something. For admins: it tells of records whoever asks. */
  explain(who: Who | null, question: Question): Promise<Explanation>;
}

/** Opens the collections that a database holds. */
export async function openCollections(deps: CollectionsDeps): Promise<Collections> {
  const schema = await openSchema(deps.db, deps.events, deps.timestamp);
  const { hooks = NO_HOOKS } = deps;
  const engine: Engine = { ...deps, hooks, catalog: schema.catalog, refresh: schema.refresh };
  const known = new WeakMap<Principal, RecordAccess>();
  const as = (principal: Principal): RecordAccess => {
    const access = known.get(principal) ?? accessAs(engine, principal);
    known.set(principal, access);
    return access;
  };
  return {
    schema,
    as,
    own: (user) => ownRecord(engine, user),
    // a hook may do more than look: to ask is not to have it run
    explain: (who, question) => explainAccess({ ...engine, hooks: NO_HOOKS }, who, question),
  };
}
