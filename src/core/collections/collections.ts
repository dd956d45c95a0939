import type { Database } from "../database/index.ts";
import type { EventBus, EventLog, EventStream, LoggedEvent } from "../events/index.ts";
import type { Principal } from "../principal.ts";
import { decidesOn } from "./caller-paths.ts";
import type { EndSessions, ForgetAccounts, HashPassword } from "./credentials.ts";
import type { Engine } from "./engine.ts";
import { type Explanation, explainAccess, type Question, type Who } from "./explain/index.ts";
import { FILE_TABLES, type FileRight, isInFileScope, mayWithAll, readFile, type StoredFile } from "./files/index.ts";
import { NO_HOOKS, type WriteHooks } from "./hooks.ts";
import type { RecordData } from "./record.ts";
import { accessAs, ownRecord, type RecordAccess } from "./records.ts";
import { openSchema, type Schema } from "./schema.ts";
import {
  changeOf,
  createFormer,
  holdNow,
  judge,
  mayHaveTurned,
  openWatch,
  type Sight,
  type Watch,
  type WatchTarget,
} from "./watching/index.ts";
import { type Alongside, planFileRemoval, writeRecords } from "./writing/index.ts";

/** What collections are built on. */
export interface CollectionsDeps {
  readonly db: Database;
  readonly events: EventBus;
  /** Keeps events with the changes they tell of; null where they are only emitted. */
  readonly log: EventLog | null;
  /** Where they are read. */
  readonly stream: EventStream;
  /** Names that no collection may have: the families of plugins' events. */
  readonly taken: ReadonlySet<string>;
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
  /** Runs a task once the current one is over. */
  defer(task: () => void): void;
  /** Milliseconds of a clock that never goes back. */
  stopwatch(): number;
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
  /** Begins to look at a collection's changes as somebody. @throws BakendError as reading would */
  watch(principal: Principal, target: WatchTarget): Watch;
  /**
   * What each of these watches gets to know of an event; null if it is about no record. All of them must be of the
   * collection that the event's type begins with. Rejects for what was told under another definition of it.
   */
  sights(event: LoggedEvent, watches: readonly Watch[]): Promise<readonly (Sight | null)[] | null>;
  /** Whether an event may have changed what a watch lets be seen, which nobody can tell afterwards. */
  mayHaveTurned(event: LoggedEvent, watch: Watch): boolean;
  /** Which of these watches, all of the same single record, hold for it as it is now. */
  holdNow(watches: readonly Watch[]): Promise<readonly boolean[]>;
  /** Whose rights a change of a collection's records may change: everybody's, those of the account that it is, or none. */
  decidesOn(collection: string): "all" | "own" | "nobody";
  /** Stored files, as far as records and rules decide about them. */
  readonly files: FileDoor;
  /** Why a principal may or may not do something. For admins: it tells of records whoever asks. */
  explain(who: Who | null, question: Question): Promise<Explanation>;
}

/** The way to what is known of stored files: always as somebody. */
export interface FileDoor {
  /** Whether somebody may do this with any file, whosever it is. */
  mayWithAll(principal: Principal, right: FileRight): boolean;
  /** Whether the API key that somebody came with, if any, is good for this. */
  isInScope(principal: Principal, right: FileRight): boolean;
  /** A file that somebody may read; null for what is not there and what they may not know of. */
  find(principal: Principal, id: string): Promise<StoredFile | null>;
  /**
   * Deletes the row of a file, and takes it out of the records that hold it. `alongside` is committed with it.
   * @throws BakendError `not_found`, `unauthenticated`, `forbidden`, `conflict` if a record must have it
   */
  remove(principal: Principal, id: string, alongside: Alongside<StoredFile>): Promise<StoredFile>;
}

/** Opens the collections that a database holds. */
export async function openCollections(deps: CollectionsDeps): Promise<Collections> {
  await deps.db.alter(FILE_TABLES);
  const schema = await openSchema(deps.db, deps.events, deps.log ? null : deps.stream, deps.timestamp, deps.taken);
  const { hooks = NO_HOOKS } = deps;
  const engine: Engine = { ...deps, hooks, catalog: schema.catalog, refresh: schema.refresh };
  const formerOf = createFormer({ stream: deps.stream, catalog: engine.catalog });
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
    watch: (principal, target) => openWatch(engine, principal, target),
    async sights(logged, watches) {
      const { seq, event, detail } = logged;
      const change = changeOf(engine.catalog(), event, detail);
      if (change && seq <= change.collection.since) throw new Error(`${event.type} was told under another definition`);
      return change && judge(engine, change, watches, formerOf(logged));
    },
    files: {
      mayWithAll: (principal, right) => mayWithAll(engine.catalog(), principal, right),
      isInScope: isInFileScope,
      find: (principal, id) => readFile(engine, { principal, now: engine.timestamp() }, id, "view"),
      remove: (principal, id, alongside) =>
        writeRecords(
          engine,
          (plan) => planFileRemoval(engine, plan, { principal, now: engine.timestamp() }, id),
          alongside,
        ),
    },
    mayHaveTurned: (logged, watch) => mayHaveTurned(engine.catalog(), logged, watch),
    holdNow: (watches) => holdNow(engine, watches),
    decidesOn: (name) => decidesOn(engine.catalog(), name),
    // a hook may do more than look: to ask is not to have it run
    explain: (who, question) => explainAccess({ ...engine, hooks: NO_HOOKS }, who, question),
  };
}
