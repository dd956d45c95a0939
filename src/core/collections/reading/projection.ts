import { type Row, type SqlValue, sqliteDialect } from "../../database/index.ts";
import { BakendError } from "../../errors.ts";
import { compile, isAlways, isNever } from "../../rules/index.ts";
import { type Caller, fieldCondition } from "../access.ts";
import type { Catalog } from "../catalog.ts";
import { type Collection, type Projection, project, ROW } from "../collection.ts";
import type { Field } from "../fields/index.ts";
import type { RecordData } from "../record.ts";

/**
 * What this caller gets to see of a collection's records: `names`, or everything. Fields under a permission of their
 * own are left out of the rows where it does not hold.
 * @throws BakendError `bad_request` for a field that does not exist or is hidden
 */
export function visibleProjection(
  catalog: Catalog,
  collection: Collection,
  caller: Caller,
  names: readonly string[] | null,
): Projection {
  if (!names && !collection.hasGuardedFields) return collection.visible;
  const chosen = names ? new Set(names) : null;
  for (const name of chosen ?? []) {
    const field = collection.field(name);
    if (!collection.schema.fields.has(name) || field?.definition.hidden) {
      throw new BakendError("bad_request", `fields: ${collection.name} has no field "${name}".`);
    }
  }
  const wanted = (name: string): boolean => chosen === null || chosen.has(name);
  const systemNames = collection.kind === "view" ? [] : ["createdAt", "updatedAt", "version"];
  const guarded: { readonly name: string; readonly sql: string; readonly params: readonly SqlValue[] }[] = [];
  const shown: Field[] = [];

  for (const field of collection.fields) {
    if (field.definition.hidden || !wanted(field.name)) continue;
    const condition = fieldCondition(catalog, collection, field.name, "view", caller);
    if (isNever(condition)) continue;
    shown.push(field);
    if (!isAlways(condition))
      guarded.push({ name: field.name, ...compile(condition, { dialect: sqliteDialect, table: ROW }) });
  }
  const base = project(shown, ["id"].filter(wanted), systemNames.filter(wanted));
  return guarded.length === 0 ? base : guard(base, guarded);
}

/** Adds a column per guarded field that says whether it may be seen, and drops the field where it may not. */
function guard(
  base: Projection,
  guarded: readonly { readonly name: string; readonly sql: string; readonly params: readonly SqlValue[] }[],
): Projection {
  const flag = (name: string): string => `see:${name}`;
  const flags = guarded.map(({ name, sql }) => `(${sql}) IS TRUE AS ${sqliteDialect.quote(flag(name))}`);
  const decode = (row: Row): RecordData => {
    const record: Record<string, unknown> = { ...base.decode(row) };
    for (const { name } of guarded) {
      if (row[flag(name)] !== 1) delete record[name];
      delete record[flag(name)];
    }
    return record;
  };
  return { select: [base.select, ...flags].join(", "), decode, params: guarded.flatMap((one) => one.params) };
}
