import { type Statement, sqliteDialect } from "../../database/index.ts";
import type { Catalog } from "../catalog.ts";
import type { Collection } from "../collection.ts";
import type { Engine } from "../engine.ts";
import { disownFiles } from "../files/index.ts";
import type { StoredRecord } from "../record.ts";
import { add, type Meaning, type WritePlan } from "./plan.ts";

const ADMIN = "admin";

/** Records that are about to be deleted: of each collection the query for their ids. */
export interface Doomed {
  idsOf(collection: string): string;
}

/**
 * Plans what follows from a change of an account: a new password ends its sessions, that or a new address the codes that
 * were mailed, and one admin stays.
 */
export function planAccountChange(engine: Engine, plan: WritePlan, old: StoredRecord, meaning: Meaning): void {
  const { collection, record } = meaning;
  if (collection.kind !== "auth") return;
  const user = { sql: "?", params: [record.id] };
  const newPassword = record.passwordHash !== old.passwordHash;
  if (newPassword) add(plan, [engine.endSessions(collection.name, user)], { ...meaning, onMiss: "none" });
  if (newPassword || record.email !== old.email)
    add(plan, [engine.voidCodes(collection.name, user)], { ...meaning, onMiss: "none" });
  if (old.role !== ADMIN || record.role === ADMIN) return;
  const left: Statement = { sql: `SELECT 1 WHERE EXISTS (${admins(engine.catalog())})`, params: [], expect: 1 };
  add(plan, [left], { ...meaning, onMiss: "last_admin" });
}

/** Plans what goes before the deletion of accounts: their sessions end, and one admin stays. */
export function planAccountRemoval(
  engine: Engine,
  plan: WritePlan,
  doomed: Doomed,
  taken: readonly Collection[],
  meaning: Meaning,
): void {
  const { collection: root, record } = meaning;
  const accounts = new Set([root, ...taken].filter((one) => one.kind === "auth"));
  for (const { name } of accounts) {
    const users = { sql: doomed.idsOf(name), params: [] };
    const ends = [engine.endSessions(name, users), ...engine.forget(name, users), disownFiles(name, users)];
    add(plan, ends, { ...meaning, onMiss: "none" });
  }
  // admins are looked for only where one may be among what goes
  const mayTakeAdmin = record.role === ADMIN || taken.some((one) => one.kind === "auth");
  if (accounts.size === 0 || !mayTakeAdmin) return;
  const catalog = engine.catalog();
  const left: Statement = {
    sql: `SELECT 1 WHERE NOT EXISTS (${admins(catalog)}) OR EXISTS (${admins(catalog, doomed)})`,
    params: [],
    expect: 1,
  };
  add(plan, [left], { ...meaning, onMiss: "last_admin" });
}

/** One row if there is no admin, else none. */
export function noAdmin(catalog: Catalog): Statement {
  const all = admins(catalog);
  return { sql: all === "" ? "SELECT 1" : `SELECT 1 WHERE NOT EXISTS (${all})`, params: [] };
}

/** One row if the only admins are in collections that are going. */
export function adminsOnlyIn(going: readonly Collection[], staying: readonly Collection[]): Statement {
  const [gone, left] = [admins({ collections: going }), admins({ collections: staying })];
  const others = left === "" ? "" : ` AND NOT EXISTS (${left})`;
  return { sql: `SELECT 1 WHERE ${gone === "" ? "0" : `EXISTS (${gone})`}${others}`, params: [] };
}

/** A query for every admin, in whichever collection of accounts. */
function admins({ collections }: Pick<Catalog, "collections">, without?: Doomed): string {
  return collections
    .filter((one) => one.kind === "auth")
    .map(({ name }) => {
      const rest = without ? ` AND "id" NOT IN (${without.idsOf(name)})` : "";
      return `SELECT 1 FROM ${sqliteDialect.quote(name)} WHERE "role" = '${ADMIN}'${rest}`;
    })
    .join(" UNION ALL ");
}
