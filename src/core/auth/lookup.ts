import type { Collection, Collections } from "../collections/index.ts";
import { type Database, sqliteDialect } from "../database/index.ts";
import { BakendError } from "../errors.ts";

/** An account as the ways into it need to know it. */
export interface AccountRow {
  readonly collection: string;
  readonly user: string;
  readonly email: string;
  readonly verified: boolean;
  /** Null for an account that no password opens. */
  readonly passwordHash: string | null;
}

/** Finds accounts, whatever rules say. */
export interface Lookup {
  /** @throws BakendError `not_found` if there are no accounts of this name */
  collection(name: string): Collection;
  byEmail(collection: Collection, email: string): Promise<AccountRow | null>;
  byId(collection: Collection, id: string): Promise<AccountRow | null>;
}

/** Makes the lookup of an app's accounts. */
export function createLookup(db: Database, catalog: Collections["schema"]["catalog"]): Lookup {
  const find = async ({ name }: Collection, column: "email" | "id", value: string): Promise<AccountRow | null> => {
    const { rows } = await db.read({
      sql: `SELECT "id", "email", "verified", "passwordHash" FROM ${sqliteDialect.quote(name)} WHERE "${column}" = ?`,
      params: [value],
    });
    const [row] = rows;
    if (!row) return null;
    const { id, email, verified, passwordHash } = row;
    return {
      ...{ collection: name, user: String(id), email: String(email), verified: verified === 1 },
      passwordHash: typeof passwordHash === "string" ? passwordHash : null,
    };
  };
  return {
    collection(name) {
      const collection = catalog().get(name);
      if (collection?.kind === "auth") return collection;
      throw new BakendError("not_found", `There are no accounts called ${name.slice(0, 64)}.`);
    },
    byEmail: (collection, email) => find(collection, "email", email.toLowerCase()),
    byId: (collection, id) => find(collection, "id", id),
  };
}
