import { ERROR_CODES, type ErrorCode } from "../../protocol/index.ts";
import { type SqlValue, sqliteDialect } from "../database/index.ts";
import { BakendError } from "../errors.ts";
import { ANONYMOUS, bypassesRules, type Principal } from "../principal.ts";
import {
  type Condition,
  compile,
  isAlways,
  isNever,
  type LeafParts,
  leavesOf,
  parseExpression,
} from "../rules/index.ts";
import { accessCondition, bindingsOf, type Caller, expandKeyword, isExpression, permissionText } from "./access.ts";
import { readAccount } from "./account.ts";
import { type Collection, ROW } from "./collection.ts";
import { prepareAccount } from "./credentials.ts";
import type { Action } from "./definition.ts";
import type { Engine } from "./engine.ts";
import { countRecords, viewRecord } from "./reading/index.ts";
import type { StoredRecord } from "./record.ts";
import { withoutHidden } from "./shown.ts";
import {
  checkStatement,
  createPlan,
  planCreate,
  planRemove,
  planUpdate,
  readStatement,
  rehearse,
  type WritePlan,
} from "./writing/index.ts";

/** What somebody would like to do. */
export interface Question {
  readonly collection: string;
  readonly action: Action;
  /** The record to view, update or delete, or to hold against the list rule. */
  readonly record?: string;
  /** What is sent to create or update. */
  readonly data?: unknown;
}

/** A comparison of the rule. `result` is null where no row was at hand, or the row could not be written. */
export interface ExplainedLeaf {
  readonly expression: string;
  readonly values: { readonly left?: unknown; readonly right?: unknown };
  readonly result: boolean | "unknown" | null;
}

/** The rule on one row. */
export interface ExplainedRule {
  /** The comparisons in the order in which they are written. */
  readonly leaves: readonly ExplainedLeaf[];
  /** The condition on the row as it stands in a WHERE clause. */
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

/** An account, by the collection that it is in. */
export interface Who {
  readonly user: string;
  readonly collection: string;
}

/** Why something is allowed or denied. */
export interface Explanation extends ExplainedRule {
  readonly verdict: "allow" | "deny";
  /** What the door would answer instead; null where it allows. */
  readonly code: ErrorCode | null;
  readonly rule: string | null;
  readonly reason: string;
  /** Of an update: the rule on the row as it is, and as it would be; null where the row could not be reached. */
  readonly before?: ExplainedRule | null;
  readonly after?: ExplainedRule | null;
  /** Of a list without a record: how many rows the rule lets through. */
  readonly count?: number;
}

/**
 * Asks the doors themselves what they would answer to somebody (null for a guest), and tells the parts of the rule. Writes
 * are rehearsed and taken back.
 * @throws BakendError `not_found` for a collection, or a record, that does not exist; `bad_request` for a question with a
 * part missing, or about nobody
 */
export async function explainAccess(engine: Engine, who: Who | null, question: Question): Promise<Explanation> {
  const { action, record: id, data } = question;
  const caller = { principal: await principalOf(engine, who), now: engine.timestamp() };
  const collection = engine.catalog().get(question.collection);
  if (!collection) throw new BakendError("not_found", `There is no collection ${question.collection}.`);
  // 1. the row that is asked about
  if (id === undefined && action !== "list" && action !== "create")
    throw new BakendError("bad_request", `Name the record to ${action}.`);
  if (action === "create" && data === undefined) throw new BakendError("bad_request", "Give the data to create.");
  const old = id === undefined || action === "create" ? null : await stored(engine, collection, id);
  // 2. what the door says
  const door = await askDoor(engine, caller, collection, question);
  // 3. the rule on the row before, and on the row after
  const before = action === "create" ? null : await partsOf(engine, caller, collection, action, old, null);
  const writes = action === "create" || action === "update";
  const after = writes && door.plan ? await partsOf(engine, caller, collection, action, old, door) : null;
  const shown = before ?? after ?? (await partsOf(engine, caller, collection, action, null, null));
  const rule = permissionText(collection, action);
  return {
    verdict: door.code === null ? "allow" : "deny",
    code: door.code,
    rule,
    reason: reasonOf(caller, rule, [...shown.leaves, ...(after?.leaves ?? [])], door),
    ...shown,
    ...(action === "update" ? { before, after } : {}),
    ...(door.count === undefined ? {} : { count: door.count }),
  };
}

async function principalOf(engine: Engine, who: Who | null): Promise<Principal> {
  if (who === null) return ANONYMOUS;
  const { user: id, collection: name } = who;
  const collection = engine.catalog().get(name);
  if (collection?.kind !== "auth")
    throw new BakendError("bad_request", `as.collection: ${name.slice(0, 64)} holds no accounts.`);
  const found = await readAccount(engine.db, engine.catalog(), collection, id);
  if (!found) throw new BakendError("bad_request", `as.user: there is no account ${id.slice(0, 64)} in ${name}.`);
  const { role, record, related } = found;
  return { kind: "user", id, role, collection: name, session: "", record, ...(related ? { related } : {}) };
}

interface Door {
  readonly code: ErrorCode | null;
  readonly detail: string;
  readonly count?: number;
  /** The write as planned; absent where the door refused to plan it. */
  readonly plan?: WritePlan;
  readonly written?: StoredRecord;
}

async function askDoor(engine: Engine, caller: Caller, collection: Collection, question: Question): Promise<Door> {
  const { action, record: id = "", data = {} } = question;
  const plan = createPlan();
  let written: StoredRecord | undefined;
  const planned = (): Pick<Door, "plan" | "written"> => (written ? { plan, written } : {});
  try {
    switch (action) {
      case "list": {
        if (question.record === undefined) {
          return { code: null, detail: "", count: await countRecords(engine, collection, caller, {}) };
        }
        const filter = `id = '${id}'`;
        if ((await countRecords(engine, collection, caller, { filter })) > 0) break;
        return { code: "not_found", detail: "The list leaves this record out." };
      }
      case "view":
        await viewRecord(engine, collection, caller, id, {});
        break;
      case "delete":
        await planRemove(engine, plan, collection, caller, id);
        await rehearse(engine, plan);
        break;
      case "create":
      case "update": {
        const body = collection.kind === "auth" ? await prepareAccount(data, caller, engine.hashPassword) : data;
        written =
          action === "create"
            ? planCreate(engine, plan, collection, caller, body)
            : await planUpdate(engine, plan, collection, caller, id, body, { mode: "merge" });
        await rehearse(engine, plan);
      }
    }
    return { code: null, detail: "", ...planned() };
  } catch (error) {
    if (!(error instanceof BakendError) || ERROR_CODES[error.code].status >= 500) throw error;
    return { code: error.code, detail: error.message, ...planned() };
  }
}

async function stored(engine: Engine, collection: Collection, id: string): Promise<StoredRecord> {
  const { rows } = await engine.db.read(readStatement(collection, id, { all: [] }));
  if (!rows[0]) throw new BakendError("not_found", `There is no record ${id.slice(0, 64)} in ${collection.name}.`);
  return collection.stored.decode(rows[0]);
}

async function partsOf(
  engine: Engine,
  caller: Caller,
  collection: Collection,
  action: Action,
  old: StoredRecord | null,
  door: Door | null,
): Promise<ExplainedRule> {
  const catalog = engine.catalog();
  const shownOld = old ? withoutHidden(collection, old) : null;
  const changes = action === "update" || action === "delete";
  // hidden values stay out of the parameters, too
  const condition = accessCondition(catalog, collection, action, caller, (changes && shownOld) || undefined);
  const { sql, params } = compile(condition, { dialect: sqliteDialect, table: ROW });
  const text = permissionText(collection, action);
  if (text === null || !isExpression(text) || bypassesRules(caller.principal)) return { leaves: [], sql, params };
  const options = { schema: catalog, collection: collection.name, allowOld: changes };
  const bindings = bindingsOf(catalog, caller, (changes && old) || undefined);
  const parts = leavesOf(
    parseExpression(expandKeyword(collection, text)),
    options,
    bindings,
    changes ? shownOld : null,
  );
  const row = door?.written ?? old;
  const shown = row ? withoutHidden(collection, row) : null;
  const leaves: ExplainedLeaf[] = [];
  for (const part of parts) {
    const holds = (rule: Condition) =>
      door?.plan ? holdsAfter(engine, collection, door, rule) : holdsOn(engine, collection, row, rule);
    leaves.push({ expression: part.expression, values: part.values(shown), result: await judge(part, holds) });
  }
  return { leaves, sql, params };
}

async function judge(
  { whenTrue, whenFalse }: LeafParts,
  holds: (rule: Condition) => Promise<boolean | null>,
): Promise<ExplainedLeaf["result"]> {
  if (isNever(whenTrue) && isNever(whenFalse)) return "unknown";
  if (isAlways(whenTrue)) return true;
  return isNever(whenTrue) ? false : holds(whenTrue);
}

async function holdsOn(engine: Engine, collection: Collection, row: StoredRecord | null, rule: Condition) {
  if (!row) return null;
  return (await engine.db.read(readStatement(collection, row.id, rule))).rows.length > 0;
}

/** Whether a condition holds on the row as it would be written, found out by writing it and taking it back. */
async function holdsAfter(engine: Engine, collection: Collection, { plan, written }: Door, rule: Condition) {
  if (!plan || !written) return null;
  const probe = createPlan();
  plan.statements.forEach((statement, index) => {
    const meaning = plan.meanings[index];
    if (!meaning || meaning.onMiss === "rule") return;
    probe.statements.push(statement);
    probe.meanings.push(meaning);
  });
  const [meaning] = plan.meanings;
  if (!meaning) return null;
  probe.statements.push(checkStatement(collection, written.id, rule));
  probe.meanings.push({ ...meaning, onMiss: "rule" });
  try {
    await rehearse(engine, probe);
    return true;
  } catch (error) {
    if (!(error instanceof BakendError)) throw error;
    return error.code === "forbidden" || error.code === "not_found" ? false : null;
  }
}

function reasonOf(caller: Caller, rule: string | null, leaves: readonly ExplainedLeaf[], door: Door): string {
  if (bypassesRules(caller.principal)) return door.code === null ? "admins pass every rule" : door.detail;
  if (door.code !== null && rule === null) return "no rule is given: admins only, and whom a role grants it";
  if (door.code !== null && rule === "admin") return "admins only, and whom a role grants it";
  if (door.code === null) return reasonToAllow(rule, leaves);
  if (!["unauthenticated", "forbidden", "not_found"].includes(door.code)) return door.detail;
  const unknown = leaves.find(({ result }) => result === "unknown");
  if (unknown) return `${unknown.expression} is unknown: its @user value is missing`;
  return leaves.some(({ result }) => result === false) ? "the rule does not hold" : door.detail;
}

function reasonToAllow(rule: string | null, leaves: readonly ExplainedLeaf[]): string {
  if (rule === "public") return "open to everybody";
  if (rule === null || !isExpression(rule)) return "the caller's role grants it";
  return leaves.length > 0 && leaves.every(({ result }) => result !== true)
    ? "the rule does not hold, but the caller's role grants it"
    : "the rule holds";
}
