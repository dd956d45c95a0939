import type { FieldProblem } from "../../../protocol/index.ts";
import { DatabaseError, type DatabaseFault, sqliteDialect } from "../../database/index.ts";
import { BakendError } from "../../errors.ts";
import type { Collection } from "../collection.ts";
import type { Engine } from "../engine.ts";
import { FILE_TABLE } from "../fields/index.ts";
import type { Meaning, WritePlan } from "./plan.ts";

/** A row is no longer what was read while planning, or its rule no longer holds: plan anew. */
export class StalePlan extends Error {
  readonly meaning: Meaning;

  constructor(meaning: Meaning) {
    super("stale");
    this.meaning = meaning;
  }
}

/** What a failed commit means to the one who asked for it. `before` statements stood in front of the plan's. */
export async function explainFault(engine: Engine, plan: WritePlan, before: number, error: unknown): Promise<unknown> {
  if (!(error instanceof DatabaseError)) return error;
  const { fault } = error;
  const meaning = plan.meanings[fault.statement - before];
  switch (fault.kind) {
    case "expectation":
      return expectation(meaning, error);
    case "unique":
      return meaning ? await uniqueFault(engine, meaning, fault) : error;
    case "foreign_key":
      return meaning ? await referenceFault(engine, plan, meaning) : error;
    case "busy":
      return new BakendError("unavailable", "The database is busy; try again.", {
        cause: error,
        headers: { "retry-after": "1" },
      });
    case "full":
      return new BakendError("unavailable", "The disk is full: nothing was written.", { cause: error });
    case "closed":
      return new BakendError("unavailable", "The server is stopping.", { cause: error });
    default:
      return error;
  }
}

/** The same for what is not there and what the caller may not know of. */
const NO_FILE = "is the id of no file that you may use";

function expectation(meaning: Meaning | undefined, error: DatabaseError): unknown {
  switch (meaning?.onMiss) {
    case "stale":
      return new StalePlan(meaning);
    case "rule":
      return new BakendError("forbidden", `You may not ${meaning.action} this record of ${meaning.collection.name}.`);
    case "file": {
      const field = `${meaning.path}${meaning.field}`;
      return new BakendError("validation_failed", `${field} ${NO_FILE}.`, {
        errors: [{ field, code: "reference", message: NO_FILE }],
      });
    }
    case "last_admin":
      return new BakendError("conflict", "This is the last admin: make another one first.");
    default:
      return error;
  }
}

async function uniqueFault(
  engine: Engine,
  { collection, record, action, path }: Meaning,
  fault: DatabaseFault,
): Promise<BakendError> {
  const taken = (fault.columns ?? []).map((column) => column.split(".")[0] ?? column);
  // the database names one of several; whether the record is there already is what a caller who comes again has to know
  const known = action === "create" && (await isThere(engine, collection.name, record.id));
  const fields = new Set(known ? ["id", ...taken] : taken);
  const errors = Array.from(
    fields,
    (field): FieldProblem => ({ field: `${path}${field}`, code: "unique", message: "is already taken" }),
  );
  return new BakendError(
    "conflict",
    `Another record of ${collection.name} has the same ${[...fields].join(", ") || "value"}.`,
    { errors },
  );
}

async function referenceFault(engine: Engine, plan: WritePlan, meaning: Meaning): Promise<BakendError> {
  const { collection, record, action, path } = meaning;
  if (action === "delete") return inUse(engine, collection, record.id);
  const errors: FieldProblem[] = [];
  for (const field of collection.fields) {
    if (!field.link) continue;
    const value = record[field.name];
    const ids = Array.isArray(value) ? value : value === null ? [] : [value];
    if (await allExist(engine, plan, field.link.target, ids.map(String))) continue;
    errors.push({
      field: `${path}${field.name}`,
      code: "reference",
      message: field.link.target === FILE_TABLE ? NO_FILE : `points to no record of ${field.link.target}`,
    });
  }
  const first = errors[0];
  return first
    ? new BakendError("validation_failed", `${first.field} ${first.message}.`, { errors })
    : new BakendError("conflict", `A record that this one of ${collection.name} points to has just been deleted.`);
}

async function isThere(engine: Engine, table: string, id: string): Promise<boolean> {
  const { rows } = await engine.db.read({
    sql: `SELECT 1 FROM ${sqliteDialect.quote(table)} WHERE "id" = ?`,
    params: [id],
  });
  return rows.length > 0;
}

/** Whether the records are there, in the database or by an operation of the same plan. */
async function allExist(engine: Engine, plan: WritePlan, target: string, all: readonly string[]): Promise<boolean> {
  const planned = all.map((id) => plan.pending.get(`${target}/${id}`));
  if (planned.includes(null)) return false;
  const ids = all.filter((_, index) => planned[index] === undefined);
  if (ids.length === 0) return true;
  const { rows } = await engine.db.read({
    sql: `SELECT count(*) AS "n" FROM ${sqliteDialect.quote(target)} WHERE "id" IN (SELECT value FROM json_each(?))`,
    params: [JSON.stringify(ids)],
  });
  return rows[0]?.n === ids.length;
}

/** Which relation keeps a record from being deleted. */
async function inUse(engine: Engine, collection: Collection, id: string): Promise<BakendError> {
  const errors: FieldProblem[] = [];
  for (const { collection: holder, field, link } of engine.catalog().keptLinksTo(collection.name)) {
    if (link.onDelete !== "restrict") continue;
    const { quote } = sqliteDialect;
    const sql =
      field.schema.kind === "many"
        ? `SELECT 1 FROM ${quote(field.schema.table)} WHERE "target" = ? LIMIT 1`
        : `SELECT 1 FROM ${quote(holder.name)} WHERE ${quote(field.name)} = ? LIMIT 1`;
    const { rows } = await engine.db.read({ sql, params: [id] });
    if (rows.length > 0)
      errors.push({ field: "id", code: "restrict", message: `is in use by ${holder.name}.${field.name}` });
  }
  const words =
    collection.name === FILE_TABLE
      ? "This file is in use by a record that must have it."
      : `This record of ${collection.name} is in use, or takes along one that is.`;
  return new BakendError("conflict", words, { errors });
}
