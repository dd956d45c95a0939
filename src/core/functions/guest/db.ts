import type { Ask, Data } from "../messages.ts";
import type { CallAsks } from "./asks.ts";

/** The records of one collection. */
export interface GuestRecords {
  list(query?: object): Promise<unknown>;
  get(id: string, query?: object): Promise<unknown>;
  count(filter?: string | object): Promise<unknown>;
  aggregate(query: object): Promise<unknown>;
  create(data: unknown): Promise<unknown>;
  update(id: string, data: unknown, options?: object): Promise<unknown>;
  replace(id: string, data: unknown, options?: object): Promise<unknown>;
  delete(id: string, options?: object): Promise<unknown>;
}

/** The database as a function sees it. */
export interface GuestDb {
  collection(name: string): GuestRecords;
  batch(operations: readonly unknown[]): Promise<unknown>;
  /** The same under the rules that hold for a user. */
  as(user: Data): GuestDb;
}

type DbUser = NonNullable<Extract<Ask, { op: "db" }>["as"]>;

/** Makes the database of a call. */
export function createDb({ ask }: Pick<CallAsks, "ask">, as?: DbUser): GuestDb {
  const call = (method: string, collection: string, args: readonly unknown[]): Promise<unknown> =>
    ask(as ? { op: "db", method, collection, args, as } : { op: "db", method, collection, args });
  return {
    collection: (name) => {
      const put =
        (method: string) =>
        (...args: readonly unknown[]): Promise<unknown> =>
          call(method, String(name), args);
      return {
        list: put("list"),
        get: put("get"),
        count: (filter) => call("count", String(name), [typeof filter === "string" ? { filter } : filter]),
        aggregate: put("aggregate"),
        create: put("create"),
        update: put("update"),
        replace: put("replace"),
        delete: put("delete"),
      };
    },
    batch: (operations) => call("batch", "", [operations]),
    as(user) {
      if (typeof user !== "object" || user === null || typeof user.id !== "string")
        throw new TypeError("db.as takes a user: a record with its id.");
      const { collection } = user;
      return createDb({ ask }, { id: user.id, collection: typeof collection === "string" ? collection : "users" });
    },
  };
}
