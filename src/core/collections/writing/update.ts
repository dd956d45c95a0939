import { BakendError } from "../../errors.ts";
import { and, type Condition, isAlways, isNever } from "../../rules/index.ts";
import { accessCondition, type Caller, isClosed, refuse } from "../access.ts";
import type { Collection } from "../collection.ts";
import type { Engine } from "../engine.ts";
import { notFound } from "../reading/index.ts";
import type { StoredRecord } from "../record.ts";
import { planAccountChange } from "./accounts.ts";
import { announce } from "./announce.ts";
import { refuseViews, writeConditions } from "./create.ts";
import { planFileUse } from "./file-use.ts";
import { hookedUpdate } from "./hooks.ts";
import { add, pendingKey, type WritePlan } from "./plan.ts";
import { checkStatement, readStatement, updateStatements } from "./statements.ts";
import { validateUpdate } from "./validate.ts";

/** The version, or versions, that a caller has seen and means to change. */
export type ExpectedVersion = number | readonly number[];

/** How an update is to be made. */
export interface UpdateOptions {
  readonly mode: "merge" | "replace";
  /** Only if the record still has this version, or one of these. */
  readonly version?: ExpectedVersion;
  readonly path?: string;
}

/**
 * Plans a change of a record. Its rule must hold on the row before and on the row after, or nothing changes.
 * @throws BakendError `not_found`, `validation_failed`, `precondition_failed`, `forbidden`, `unauthenticated`
 */
export async function planUpdate(
  engine: Engine,
  plan: WritePlan,
  collection: Collection,
  caller: Caller,
  id: string,
  sent: unknown,
  { mode, version, path = "" }: UpdateOptions,
): Promise<StoredRecord> {
  refuseViews(collection);
  const catalog = engine.catalog();
  // 1. the record as it is, if the rule lets this caller change it
  const { old, rule, onMiss } = await readForWrite(engine, plan, collection, caller, id, "update");
  checkVersion(old, version);
  // 2. the record as it is to be
  const data = await hookedUpdate(engine, collection, caller, old, sent, mode, path);
  const record = validateUpdate(collection, old, data, mode, caller, path);
  // 3. the write holds only if the row is still the same; the rule is checked again on what was written
  if (isNever(writeConditions(engine, collection, caller, data, "unread"))) refuse(caller, collection, "update");
  const fields = writeConditions(engine, collection, caller, data, old);
  if (onMiss === "stale") await requireFields(engine, collection, id, fields);
  const meaning = { collection, record, action: "update", onMiss, path } as const;
  const ruleBefore = and(rule, fields);
  planFileUse(engine, plan, caller, meaning, old);
  add(plan, updateStatements(collection, old, record, ruleBefore), meaning);
  planAccountChange(engine, plan, old, { ...meaning, onMiss: "none" });
  const ruleAfter = and(accessCondition(catalog, collection, "update", caller, old), fields);
  if (!isAlways(ruleAfter)) add(plan, [checkStatement(collection, id, ruleAfter)], { ...meaning, onMiss: "rule" });
  plan.pending.set(pendingKey(collection, id), record);
  announce(engine, plan, caller, meaning, { action: "updated", collection, record, previous: old });
  return record;
}

/** @throws BakendError `forbidden` if the fields that are named may not be written on the row as it is stored */
async function requireFields(engine: Engine, collection: Collection, id: string, fields: Condition): Promise<void> {
  if (isAlways(fields)) return;
  const { rows } = await engine.db.read(readStatement(collection, id, fields));
  if (rows.length === 0) throw new BakendError("forbidden", `You may not write these fields of ${collection.name}.`);
}

/**
 * The whole record as this plan would leave it so far, and the rule under which it was read.
 * @throws BakendError `unauthenticated` or `forbidden` if the rule opens no row to this caller, `not_found` if the record
 * does not exist or the rule hides it
 */
export async function readForWrite(
  engine: Engine,
  plan: WritePlan,
  collection: Collection,
  caller: Caller,
  id: string,
  action: "update" | "delete",
): Promise<{ readonly old: StoredRecord; readonly rule: Condition; readonly onMiss: "stale" | "rule" }> {
  const catalog = engine.catalog();
  // 1. a refusal that says why comes before the row is looked for, and so cannot tell of it
  if (isClosed(catalog, collection, action, caller)) refuse(caller, collection, action);
  // 2. the row; `@old` in a rule means what it is now, so the rule is only complete once it is known
  const pending = plan.pending.get(pendingKey(collection, id));
  const old = pending === undefined ? await readStored(engine, collection, id) : pending;
  if (!old) throw notFound(collection, id);
  const rule = accessCondition(catalog, collection, action, caller, old);
  // 3. a row that the rule hides is not there
  const read = pending === undefined || plan.foreseen.has(pendingKey(collection, id));
  if (read && !isAlways(rule)) {
    const { rows } = await engine.db.read(readStatement(collection, id, rule));
    if (rows.length === 0) throw notFound(collection, id);
  }
  return { old, rule, onMiss: read ? "stale" : "rule" };
}

async function readStored(engine: Engine, collection: Collection, id: string): Promise<StoredRecord | null> {
  const { rows } = await engine.db.read(readStatement(collection, id, { all: [] }));
  return rows[0] ? collection.stored.decode(rows[0]) : null;
}

/** @throws BakendError `precondition_failed` if the caller expected another version */
export function checkVersion(old: StoredRecord, expected: ExpectedVersion | undefined): void {
  if (expected === undefined || [expected].flat().includes(old.version)) return;
  throw new BakendError("precondition_failed", `The record has changed: it is now at version ${old.version}.`);
}
