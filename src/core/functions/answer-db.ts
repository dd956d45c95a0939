import { getOrAdd } from "../../tools/index.ts";
import { BakendError } from "../errors.ts";
import { type Principal, systemPrincipal } from "../principal.ts";
import type { FunctionAccess, FunctionRecords } from "./access.ts";
import type { Ask } from "./messages.ts";
import { readId, readOperations, readQuery } from "./read-ask.ts";

/** On whose behalf a call runs. */
export interface CallPrincipal {
  /** The function's name, for the log. */
  readonly name: string;
  /** Whoever made the request that the call belongs to. */
  readonly caller: Principal | null;
  /** How many functions stand between a request and what this call writes, this one included. */
  readonly depth: number;
}

/** What each part of a question may be. */
const VIEW = { fields: "texts", expand: "texts" } as const;
const MATCH = { filter: "text", search: "text" } as const;
const LIST = {
  ...VIEW,
  ...MATCH,
  sort: "text",
  limit: "number",
  cursor: "text",
  page: "number",
  count: "flag",
} as const;
const AGGREGATE = { ...MATCH, aggregate: "texts", group: "texts", sort: "text", limit: "number" } as const;
const OPTIONS = { version: "number" } as const;

type Method = (records: FunctionRecords, args: readonly unknown[]) => Promise<unknown>;

/** What may be asked of one collection. What comes from a child has any shape, so each argument is read first. */
const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["list", (records, [query]) => records.list(readQuery(query, LIST))],
  ["get", (records, [id, query]) => records.get(readId(id), readQuery(query, VIEW))],
  ["count", (records, [query]) => records.count(readQuery(query, MATCH))],
  [
    "aggregate",
    (records, [query]) => {
      const { aggregate = [], ...rest } = readQuery(query, AGGREGATE);
      return records.aggregate({ aggregate, ...rest });
    },
  ],
  ["create", (records, [data]) => (Array.isArray(data) ? records.createMany(data) : records.create(data))],
  ["update", (records, [id, data, how]) => records.update(readId(id), data, readQuery(how, OPTIONS))],
  ["replace", (records, [id, data, how]) => records.replace(readId(id), data, readQuery(how, OPTIONS))],
  ["delete", (records, [id, how]) => records.delete(readId(id), readQuery(how, OPTIONS))],
]);

type DbAsk = Extract<Ask, { op: "db" }>;

/** Answers what one call asks of the database. */
export type DbDoor = (ask: DbAsk) => Promise<unknown>;

/**
 * Makes the database of one call: as the system, or as the user or the guest that it names, under their rules.
 * The door throws BakendError as the records' own door does, and `bad_request` for what cannot be asked.
 */
export function createDbDoor(access: FunctionAccess, { name, caller, depth }: CallPrincipal): DbDoor {
  const known = new Map<string, Promise<ReturnType<FunctionAccess["as"]>>>();

  async function open(as: DbAsk["as"]): Promise<ReturnType<FunctionAccess["as"]>> {
    if (as === undefined) return access.as({ ...systemPrincipal(`function ${name}`), depth });
    if (as === null) return access.as({ kind: "anonymous", depth });
    // the caller is whoever they were at the door: an API key that is good for less stays so
    if (caller?.kind === "user" && caller.id === as.id && caller.collection === as.collection)
      return access.as({ ...caller, depth });
    const user = await access.user(as.collection, as.id);
    if (!user) throw new BakendError("not_found", `db.as: there is no such user in ${as.collection.slice(0, 64)}.`);
    return access.as({ ...user, depth });
  }

  return async ({ as, method, collection, args }) => {
    const door = await getOrAdd(known, as ? `${as.collection}/${as.id}` : String(as), () => open(as));
    if (method === "batch") return door.batch(readOperations(args[0]));
    const run = METHODS.get(method);
    if (!run) throw new BakendError("bad_request", `There is no db.collection(...).${method.slice(0, 64)}().`);
    return run(door.records(collection), args);
  };
}
