import { DatabaseError, type Statement } from "../../database/index.ts";
import { BakendError } from "../../errors.ts";
import type { Actor } from "../../events/index.ts";
import type { Principal } from "../../principal.ts";
import type { Caller } from "../access.ts";
import type { Engine } from "../engine.ts";
import { notFound } from "../reading/index.ts";
import { explainFault, StalePlan } from "./faults.ts";
import { type Change, createPlan, pendingKey, type WritePlan, withoutHidden } from "./plan.ts";

/** How often a plan is made anew because others changed the same records in between. */
const MAX_ATTEMPTS = 200;

/** Statements to commit together with the records that a request has written: what the answer is remembered by. */
export type Alongside<T> = (result: T) => readonly Statement[];

/**
 * Plans writes and commits them all or nothing, then announces them. If a record was changed by somebody else between
 * planning and commit, the plan is made anew on what it is now.
 * @throws BakendError `not_found` if an operation's rule does not hold after what the plan does before it
 */
export async function writeRecords<T>(
  engine: Engine,
  caller: Caller,
  make: (plan: WritePlan) => Promise<T> | T,
  alongside?: Alongside<T>,
): Promise<T> {
  let failed = "";
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const plan = createPlan();
    const result = await make(plan);
    try {
      await commit(engine, caller, plan, alongside?.(result) ?? []);
      return result;
    } catch (error) {
      if (!(error instanceof StalePlan)) throw error;
      const { collection, record } = error.meaning;
      const place = `${pendingKey(collection, record.id)} ${record.version}`;
      // twice at the same version: nobody has changed the record, so its rule does not hold where it stands in the plan
      if (place === failed) throw notFound(collection, record.id);
      failed = place;
    }
  }
  throw new BakendError("conflict", "The record is being changed by many others at once; try again.");
}

/**
 * Runs a plan in a transaction that is always taken back: resolves if it would have been committed. Nothing is announced.
 * @throws what `writeRecords` would have thrown
 */
export async function rehearse(engine: Engine, plan: WritePlan): Promise<void> {
  const last = plan.statements.length;
  try {
    await engine.db.write([...plan.statements, IMPOSSIBLE]);
  } catch (error) {
    if (error instanceof DatabaseError && error.fault.kind === "expectation" && error.fault.statement === last) return;
    throw await explainFault(engine, plan, 0, error);
  }
}

const IMPOSSIBLE: Statement = { sql: "SELECT 1 WHERE 0", params: [], expect: 1 };

async function commit(engine: Engine, caller: Caller, plan: WritePlan, extra: readonly Statement[]): Promise<void> {
  // what stands alongside goes first: of the same request sent twice at once, the second fails there and not on a value
  const statements = extra.length === 0 ? plan.statements : [...extra, ...plan.statements];
  if (statements.length === 0) return;
  const results = await engine.db.write(statements).catch(async (error: unknown) => {
    throw await explainFault(engine, plan, extra.length, error);
  });
  for (const change of plan.changes) {
    if ("action" in change) announce(engine, caller, change);
    else
      for (const one of change.changes(results[extra.length + change.statement]?.rows ?? []))
        announce(engine, caller, one);
  }
}

function actorOf(principal: Principal): Actor {
  const depth = "depth" in principal && principal.depth !== undefined ? { depth: principal.depth } : {};
  switch (principal.kind) {
    case "user":
      return { kind: "user", id: principal.id, ...(principal.key ? { key: principal.key.id } : {}), ...depth };
    case "key":
      return { kind: "key", key: principal.key.id };
    default:
      return { kind: principal.kind, ...depth };
  }
}

function announce(engine: Engine, { principal }: Caller, { action, collection, record, previous }: Change): void {
  const type = `${collection.name}.${action}`;
  if (!engine.events.hears(type)) return;
  const actor = actorOf(principal);
  engine.events.emit(
    type,
    withoutHidden(collection, record),
    "collections",
    previous ? { actor, previous: withoutHidden(collection, previous) } : { actor },
  );
}
