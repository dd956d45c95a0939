import { BakendError } from "../../errors.ts";
import { ALWAYS, and, type Condition, isAlways, isNever } from "../../rules/index.ts";
import { accessCondition, type Caller, fieldCondition, type Old, refuse } from "../access.ts";
import type { Collection } from "../collection.ts";
import type { Engine } from "../engine.ts";
import type { StoredRecord } from "../record.ts";
import { announce } from "./announce.ts";
import { planFileUse } from "./file-use.ts";
import { sentFields } from "./hooks.ts";
import { add, pendingKey, type WritePlan } from "./plan.ts";
import { checkStatement, insertStatements } from "./statements.ts";
import { validateCreate } from "./validate.ts";

/**
 * Plans a new record. Its rule is checked on the row as written, in the same commit.
 * @throws BakendError `validation_failed`, `forbidden`, `unauthenticated`
 */
export function planCreate(
  engine: Engine,
  plan: WritePlan,
  collection: Collection,
  caller: Caller,
  data: unknown,
  path = "",
): StoredRecord {
  refuseViews(collection);
  const catalog = engine.catalog();
  const rule = accessCondition(catalog, collection, "create", caller);
  if (isNever(rule)) refuse(caller, collection, "create");
  const record = validateCreate(collection, data, { id: engine.newId(), now: caller.now }, caller, path);
  const meaning = { collection, record, action: "create", onMiss: "none", path } as const;
  planFileUse(engine, plan, caller, meaning);
  add(plan, insertStatements(collection, record), meaning);
  const full = and(rule, writeConditions(engine, collection, caller, data));
  if (!isAlways(full)) add(plan, [checkStatement(collection, record.id, full)], { ...meaning, onMiss: "rule" });
  plan.pending.set(pendingKey(collection, record.id), record);
  announce(engine, plan, caller, meaning, { action: "created", collection, record });
  return record;
}

/** The permissions of the single fields that a body names. */
export function writeConditions(
  engine: Engine,
  collection: Collection,
  caller: Caller,
  data: unknown,
  old?: Old,
): Condition {
  if (!collection.hasGuardedWrites) return ALWAYS;
  return and(
    ...sentFields(data).map((name) => fieldCondition(engine.catalog(), collection, name, "write", caller, old)),
  );
}

/** @throws BakendError `method_not_allowed` for collections that are views */
export function refuseViews(collection: Collection): void {
  if (collection.kind !== "view") return;
  throw new BakendError("method_not_allowed", `${collection.name} is a view: it can only be read.`, {
    headers: { allow: "GET, HEAD" },
  });
}
