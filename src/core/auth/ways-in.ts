import { type SqlValue, sqliteDialect } from "../database/index.ts";
import { BakendError } from "../errors.ts";

/** An account, and the id of an identity or a passkey of it. */
export interface WayIn {
  readonly collection: string;
  readonly user: string;
  readonly id: string;
}

/**
 * A condition: that an account can sign in by itself without one of its identities or passkeys, by another or by a password.
 * It stands in the statement that removes it, so that of two removals at once one is refused.
 */
export function isNotLastWayIn({ collection, user, id }: WayIn): {
  readonly sql: string;
  readonly params: readonly SqlValue[];
} {
  const ways = [
    `SELECT 1 FROM "_identities" WHERE "collection" = ? AND "user" = ? AND "id" <> ?`,
    `SELECT 1 FROM "_passkeys" WHERE "collection" = ? AND "user" = ? AND "id" <> ?`,
    `SELECT 1 FROM ${sqliteDialect.quote(collection)} WHERE "id" = ? AND "passwordHash" IS NOT NULL`,
  ];
  return {
    sql: `(${ways.map((way) => `EXISTS (${way})`).join(" OR ")})`,
    params: [collection, user, id, collection, user, id, user],
  };
}

/** Why one was not removed: it is none of those that the account has, or the last way in. */
export function notRemoved(all: readonly { readonly id: string }[], id: string, what: string): BakendError {
  return all.some((one) => one.id === id)
    ? new BakendError("conflict", "There is no other way to sign in: set a password or make a passkey first.")
    : new BakendError("not_found", `You have no such ${what}.`);
}
