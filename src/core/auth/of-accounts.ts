import { type Statement, sqliteDialect } from "../database/index.ts";

/** Deletes what belongs to accounts of a collection; `users` gives their ids. */
export type EndOf = (collection: string, users: Statement) => Statement;

/** What ends all that a table holds of some accounts: it has the columns `collection` and `user`. */
export function endOf(table: string): EndOf {
  const sql = `DELETE FROM ${sqliteDialect.quote(table)} WHERE "collection" = ? AND "user" IN`;
  return (collection, users) => ({ sql: `${sql} (${users.sql})`, params: [collection, ...users.params] });
}
