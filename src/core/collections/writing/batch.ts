import { BakendError, invalidField } from "../../errors.ts";
import type { Caller } from "../access.ts";
import type { Collection } from "../collection.ts";
import type { Engine } from "../engine.ts";
import type { StoredRecord } from "../record.ts";
import { planCreate } from "./create.ts";
import { hookedCreate } from "./hooks.ts";
import { pendingKey, type WritePlan } from "./plan.ts";
import { planRemove } from "./remove.ts";
import { readStatement } from "./statements.ts";
import { planUpdate } from "./update.ts";

/** One write among several that are committed together. */
export interface Operation {
  readonly op: "create" | "update" | "upsert" | "delete";
  readonly collection: string;
  readonly id?: string;
  readonly data?: unknown;
}

/** What an operation left behind: the record, or null where it was deleted. */
export interface Written {
  readonly collection: Collection;
  readonly record: StoredRecord | null;
}

/** Plans operations in order; each sees what the ones before it did. Faults are named by the operation's place. */
export async function planBatch(
  engine: Engine,
  plan: WritePlan,
  caller: Caller,
  operations: readonly Operation[],
): Promise<Written[]> {
  const written: Written[] = [];
  for (const [index, operation] of operations.entries()) {
    const collection = engine.catalog().get(operation.collection);
    if (!collection)
      throw new BakendError(
        "not_found",
        `operations.${index}: there is no collection ${operation.collection.slice(0, 64).toWellFormed()}.`,
      );
    written.push({
      collection,
      record: await planOne(
        engine,
        plan,
        caller,
        collection,
        operation,
        `operations.${index}.`,
        index < operations.length - 1,
      ),
    });
  }
  return written;
}

async function planOne(
  engine: Engine,
  plan: WritePlan,
  caller: Caller,
  collection: Collection,
  operation: Operation,
  place: string,
  more: boolean,
): Promise<StoredRecord | null> {
  const path = `${place}data.`;
  const { op, data } = operation;
  const create = async (body: unknown): Promise<StoredRecord> =>
    planCreate(engine, plan, collection, caller, await hookedCreate(engine, collection, caller, body, path), path);
  if (op === "create") return create(withId(data, operation.id));
  const id = requireId(operation, place);
  switch (op) {
    case "update":
      return planUpdate(engine, plan, collection, caller, id, data, { mode: "merge", path });
    case "delete":
      await planRemove(engine, plan, collection, caller, id, { path: place, more });
      return null;
    case "upsert":
      return (await exists(engine, plan, collection, id))
        ? planUpdate(engine, plan, collection, caller, id, data, { mode: "merge", path })
        : create(withId(data, id));
  }
}

function withId(data: unknown, id: string | undefined): unknown {
  return id === undefined || typeof data !== "object" || data === null ? data : { ...data, id };
}

function requireId({ id, data, op }: Operation, place: string): string {
  if (id !== undefined) return id;
  if (op === "upsert" && typeof data === "object" && data !== null && "id" in data && typeof data.id === "string")
    return data.id;
  throw invalidField(`${place}id`, "required", "is required");
}

async function exists(engine: Engine, plan: WritePlan, collection: Collection, id: string): Promise<boolean> {
  const pending = plan.pending.get(pendingKey(collection, id));
  if (pending !== undefined) return pending !== null;
  const { rows } = await engine.db.read(readStatement(collection, id, { all: [] }));
  return rows.length > 0;
}
