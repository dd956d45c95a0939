import { DatabaseError } from "../database/index.ts";
import { BakendError } from "../errors.ts";
import { bypassesRules, type Principal } from "../principal.ts";
import { type Caller, isClosed, refuse } from "./access.ts";
import { requireCollection } from "./catalog.ts";
import type { Collection } from "./collection.ts";
import { prepareAccount } from "./credentials.ts";
import type { Action } from "./definition.ts";
import type { Engine } from "./engine.ts";
import {
  type AggregateQuery,
  aggregateRecords,
  countRecords,
  type Group,
  type ListAnswer,
  type ListQuery,
  listRecords,
  type Viewed,
  type ViewQuery,
  viewRecord,
} from "./reading/index.ts";
import type { RecordData, StoredRecord } from "./record.ts";
import { shownTo, withoutHidden } from "./shown.ts";
import {
  type Alongside,
  hookedCreate,
  type Operation,
  planBatch,
  planCreate,
  planRemove,
  planUpdate,
  writeRecords,
} from "./writing/index.ts";

/** The most records that one create call or one batch may hold. */
export const MAX_BATCH = 1000;

/** How a change of one record is to be made. */
export interface WriteOptions {
  /** Only if the record still has this version (or one of these), else `precondition_failed`. */
  readonly version?: number | readonly number[];
}

/** The records of one collection, as one principal may read and write them. Every method throws `BakendError`. */
export interface Records {
  list(query?: ListQuery): Promise<ListAnswer>;
  get(id: string, query?: ViewQuery): Promise<RecordData>;
  /** Like `get`, with the record's version beside it; at once where the database can. */
  view(id: string, query?: ViewQuery): Viewed | Promise<Viewed>;
  count(query?: Pick<ListQuery, "filter" | "search">): Promise<number>;
  aggregate(query: AggregateQuery): Promise<readonly Group[]>;
  create(data: unknown, alongside?: Alongside<RecordData>): Promise<RecordData>;
  /** Up to 1,000 at once, all or nothing. */
  createMany(data: readonly unknown[], alongside?: Alongside<readonly RecordData[]>): Promise<readonly RecordData[]>;
  /** Changes the fields that are named. */
  update(id: string, data: unknown, options?: WriteOptions, alongside?: Alongside<RecordData>): Promise<RecordData>;
  /** Sets the fields that are named and resets all others. */
  replace(id: string, data: unknown, options?: WriteOptions): Promise<RecordData>;
  delete(id: string, options?: WriteOptions): Promise<void>;
}

/** Everything one principal can reach. */
export interface RecordAccess {
  /** @throws BakendError `not_found` if there is no such collection */
  records(name: string): Records;
  /** Several writes in one commit, all or nothing. A deletion's result is null. */
  batch(
    operations: readonly Operation[],
    alongside?: Alongside<readonly (RecordData | null)[]>,
  ): Promise<readonly (RecordData | null)[]>;
}

/** The one way to records: always as somebody. */
export function accessAs(engine: Engine, principal: Principal): RecordAccess {
  const caller = (): Caller => ({ principal, now: engine.timestamp() });
  const known = new Map<string, Records>();
  return {
    records(name) {
      requireCollection(engine.catalog(), name);
      const records = known.get(name) ?? recordsOf(engine, name, caller);
      known.set(name, records);
      return records;
    },
    batch: steady(engine, async (operations, alongside) => {
      checkCount(operations.length);
      const who = caller();
      const answer = (written: Awaited<ReturnType<typeof planBatch>>): readonly (RecordData | null)[] =>
        written.map(({ collection, record }) => (record ? shown(engine, collection, who, record) : null));
      const ready = await preparedBatch(engine, who, operations);
      const written = await writeRecords(
        engine,
        (plan) => planBatch(engine, plan, who, ready),
        alongside && ((result) => alongside(answer(result))),
      );
      return answer(written);
    }),
  };
}

/** How often a request is begun anew because the definitions changed under it. */
const MAX_STARTS = 50;

/**
 * The same function, begun anew if it failed in the database because the definitions have changed since: its statements
 * were for tables as they no longer are, and nothing was written.
 */
function steady<A extends readonly unknown[], T>(
  engine: Engine,
  work: (...args: A) => Promise<T>,
): (...args: A) => Promise<T> {
  return async (...args) => {
    for (let start = 1; ; start += 1) {
      const used = engine.catalog();
      try {
        return await work(...args);
      } catch (error) {
        if (!(error instanceof DatabaseError) || start === MAX_STARTS) throw error;
        await engine.refresh();
        if (engine.catalog() === used) throw error;
      }
    }
  };
}

function recordsOf(engine: Engine, name: string, newCaller: () => Caller): Records {
  // definitions may change while this object is held
  const current = (): Collection => requireCollection(engine.catalog(), name);
  const change = steady(
    engine,
    async (
      id: string,
      data: unknown,
      mode: "merge" | "replace",
      options: WriteOptions,
      alongside?: Alongside<RecordData>,
    ) => {
      const [collection, caller] = [current(), newCaller()];
      const answer = (record: StoredRecord): RecordData => shown(engine, collection, caller, record);
      const body = await prepared(engine, collection, caller, "update", data);
      const record = await writeRecords(
        engine,
        (plan) => planUpdate(engine, plan, collection, caller, id, body, { mode, ...options }),
        alongside && ((result) => alongside(answer(result))),
      );
      return answer(record);
    },
  );
  const viewAgain = steady(engine, async (id: string, query: ViewQuery) =>
    viewRecord(engine, current(), newCaller(), id, query),
  );
  const view = (id: string, query: ViewQuery = {}): Viewed | Promise<Viewed> => {
    try {
      return viewRecord(engine, current(), newCaller(), id, query);
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      return viewAgain(id, query);
    }
  };
  return {
    list: steady(engine, async (query = {}) => listRecords(engine, current(), newCaller(), query)),
    get: async (id, query) => (await view(id, query)).record,
    view,
    count: steady(engine, async (query = {}) => countRecords(engine, current(), newCaller(), query)),
    aggregate: steady(engine, async (query) => aggregateRecords(engine, current(), newCaller(), query)),
    create: steady(engine, async (data, alongside) => {
      const [collection, caller] = [current(), newCaller()];
      const answer = (record: StoredRecord): RecordData => shown(engine, collection, caller, record);
      const body = await prepared(engine, collection, caller, "create", data);
      const record = await writeRecords(
        engine,
        (plan) => {
          const create = (data: unknown): StoredRecord => planCreate(engine, plan, collection, caller, data);
          // a promise would cost every write that no hook is asked about
          if (!engine.hooks.has(collection.name, "create")) return create(body);
          return hookedCreate(engine, collection, caller, body).then(create);
        },
        alongside && ((result) => alongside(answer(result))),
      );
      return answer(record);
    }),
    createMany: steady(engine, async (data, alongside) => {
      checkCount(data.length);
      const [collection, caller] = [current(), newCaller()];
      const answer = (records: readonly StoredRecord[]): readonly RecordData[] =>
        records.map((record) => shown(engine, collection, caller, record));
      const bodies = await preparedMany(engine, collection, caller, data);
      const records = await writeRecords(
        engine,
        async (plan) => {
          const ready: unknown[] = [];
          for (const [index, one] of bodies.entries())
            ready.push(await hookedCreate(engine, collection, caller, one, `${index}.`));
          // without a wait in between: events ascend in the order of the commits
          return ready.map((body, index) => planCreate(engine, plan, collection, caller, body, `${index}.`));
        },
        alongside && ((result) => alongside(answer(result))),
      );
      return answer(records);
    }),
    update: (id, data, options = {}, alongside) => change(id, data, "merge", options, alongside),
    replace: (id, data, options = {}) => change(id, data, "replace", options),
    delete: steady(engine, async (id, options = {}) => {
      const [collection, caller] = [current(), newCaller()];
      await writeRecords(engine, (plan) => planRemove(engine, plan, collection, caller, id, options));
    }),
  };
}

function checkCount(count: number): void {
  if (count >= 1 && count <= MAX_BATCH) return;
  throw new BakendError("bad_request", `Send from 1 to ${MAX_BATCH} records at once.`);
}

/** Passwords that somebody who is no admin may send in one request. */
const MAX_PASSWORDS = 10;

/**
 * What a caller sends, ready to be stored: accounts have their password hashed. That is slow by design, so guests who
 * may not write anyway are told so first.
 */
async function prepared(
  engine: Engine,
  collection: Collection,
  caller: Caller,
  op: Operation["op"],
  data: unknown,
  path = "",
): Promise<unknown> {
  if (collection.kind !== "auth") return data;
  const never = (action: Action): boolean => isClosed(engine.catalog(), collection, action, caller);
  if (op === "create" && never("create")) refuse(caller, collection, "create");
  const guest = caller.principal.kind === "anonymous";
  if (op !== "create" && guest && hasPassword(data) && never("update") && (op === "update" || never("create"))) {
    refuse(caller, collection, "update");
  }
  return prepareAccount(data, caller, engine.hashPassword, path);
}

async function preparedMany(
  engine: Engine,
  collection: Collection,
  caller: Caller,
  data: readonly unknown[],
): Promise<readonly unknown[]> {
  if (collection.kind !== "auth") return data;
  checkPasswords(data, caller);
  const bodies: unknown[] = [];
  // one after the other: whoever signs in meanwhile waits for one of them, not for all
  for (const [index, one] of data.entries())
    bodies.push(await prepared(engine, collection, caller, "create", one, `${index}.`));
  return bodies;
}

async function preparedBatch(
  engine: Engine,
  caller: Caller,
  operations: readonly Operation[],
): Promise<readonly Operation[]> {
  const catalog = engine.catalog();
  const accountsOf = ({ op, collection: name }: Operation): Collection | undefined => {
    const collection = op === "delete" ? undefined : catalog.get(name);
    return collection?.kind === "auth" ? collection : undefined;
  };
  const bodies = operations.flatMap((operation) => (accountsOf(operation) ? [operation.data] : []));
  if (bodies.length === 0) return operations;
  checkPasswords(bodies, caller);
  const ready: Operation[] = [];
  for (const [index, operation] of operations.entries()) {
    const { op, data } = operation;
    const collection = accountsOf(operation);
    const path = `operations.${index}.data.`;
    ready.push(
      collection ? { ...operation, data: await prepared(engine, collection, caller, op, data, path) } : operation,
    );
  }
  return ready;
}

function checkPasswords(data: readonly unknown[], caller: Caller): void {
  if (bypassesRules(caller.principal) || data.filter(hasPassword).length <= MAX_PASSWORDS) return;
  throw new BakendError("bad_request", `Send at most ${MAX_PASSWORDS} passwords at once.`);
}

/** Whether a body has a password to hash. */
function hasPassword(data: unknown): boolean {
  return typeof data === "object" && data !== null && "password" in data;
}

/** The account of somebody signed in, as far as they may see its fields. */
export function ownRecord(engine: Engine, user: Extract<Principal, { kind: "user" }>): RecordData {
  const collection = requireCollection(engine.catalog(), user.collection);
  return shown(engine, collection, { principal: user, now: engine.timestamp() }, user.record as StoredRecord);
}

/** The record that a write answers with: without what is hidden from the one who wrote it. */
function shown(engine: Engine, collection: Collection, caller: Caller, stored: StoredRecord): RecordData {
  return shownTo(engine.catalog(), collection, caller, withoutHidden(collection, stored), stored);
}
