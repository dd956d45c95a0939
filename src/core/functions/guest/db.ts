import type { Ask, Data, Fault } from "../messages.ts";
import type { CallAsks } from "./asks.ts";
import { BakendError } from "./errors.ts";

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
  /** The same under the rules that hold for a user; for null, for whoever is not signed in. */
  as(user: Data | null): GuestDb;
}

type DbUser = Extract<Ask, { op: "db" }>["as"];

const NO_USER: Fault = {
  ...{ kind: "error", code: "bad_request", status: 400 },
  message: "db.as takes a user, which is a record with its id, or null for whoever is not signed in.",
};

/** Makes the database of a call. */
export function createDb({ ask }: Pick<CallAsks, "ask">, as?: DbUser): GuestDb {
  const call = (method: string, collection: string, args: readonly unknown[]): Promise<unknown> =>
    ask(as === undefined ? { op: "db", method, collection, args } : { op: "db", method, collection, args, as });
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
      if (user === null) return createDb({ ask }, null);
      if (typeof user !== "object" || typeof user.id !== "string") throw new BakendError(NO_USER);
      const { collection } = user;
      return createDb({ ask }, { id: user.id, collection: typeof collection === "string" ? collection : "users" });
    },
  };
}
