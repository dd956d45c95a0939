import { sqliteDialect } from "../../database/index.ts";
import { BakendError } from "../../errors.ts";
import { bypassesRules } from "../../principal.ts";
import {
  type Condition,
  compile,
  isAlways,
  isNever,
  type LeafParts,
  leavesOf,
  NEVER,
  parseExpression,
} from "../../rules/index.ts";
import { accessCondition, bindingsOf, type Caller, grantsFor, permitted } from "../access.ts";
import { type Collection, ROW } from "../collection.ts";
import type { Action } from "../definition.ts";
import type { Engine } from "../engine.ts";
import type { StoredRecord } from "../record.ts";
import { expandKeyword, isExpression, permissionText } from "../rule-text.ts";
import { withoutHidden } from "../shown.ts";
import { checkStatement, createPlan, readStatement, rehearse } from "../writing/index.ts";
import type { Door } from "./door.ts";
import type { ExplainedGrant, ExplainedLeaf, ExplainedRule, Truth } from "./question.ts";

/** The rule on one row, and whether it holds there by itself, whatever roles grant. */
export interface RuleParts {
  readonly shown: ExplainedRule;
  readonly own: Truth;
}

/** Tells the parts of a rule, and of what the caller's role grants, on a row as it is or (by the door's plan) as it would be. */
export async function partsOf(
  engine: Engine,
  caller: Caller,
  collection: Collection,
  action: Action,
  old: StoredRecord | null,
  door: Door | null,
): Promise<RuleParts> {
  const catalog = engine.catalog();
  const shownOld = old ? withoutHidden(collection, old) : null;
  const changes = action === "update" || action === "delete";
  // hidden values stay out of the parameters, too
  const condition = accessCondition(catalog, collection, action, caller, (changes && shownOld) || undefined);
  const { sql, params } = compile(condition, { dialect: sqliteDialect, table: ROW });
  if (bypassesRules(caller.principal)) return { shown: { leaves: [], grants: [], sql, params }, own: true };

  const row = door?.written ?? old;
  const shown = row ? withoutHidden(collection, row) : null;
  const bindings = bindingsOf(catalog, caller, (changes && old) || undefined);
  const holds = (rule: Condition): Promise<boolean | null> =>
    door?.plan ? holdsAfter(engine, collection, door, rule) : holdsOn(engine, collection, row, rule);
  const leavesIn = async (text: string): Promise<readonly ExplainedLeaf[]> => {
    if (!isExpression(text)) return [];
    const options = { schema: catalog, collection: collection.name, allowOld: changes };
    const parts = leavesOf(
      parseExpression(expandKeyword(collection, text)),
      options,
      bindings,
      changes ? shownOld : null,
    );
    const leaves: ExplainedLeaf[] = [];
    for (const part of parts) leaves.push(await leafOf(part, part.values(shown), holds));
    return leaves;
  };
  const conditionOf = (text: string): Condition =>
    permitted(catalog, collection, text, changes, caller, (changes && old) || undefined);
  const whole = async (text: string, leaves: readonly ExplainedLeaf[]): Promise<Truth> => {
    const rule = isExpression(text) || text === "public" ? conditionOf(text) : NEVER;
    if (isAlways(rule)) return true;
    if (isNever(rule)) return leaves.some(({ result }) => result === "unknown") ? "unknown" : false;
    return holds(rule);
  };
  const text = permissionText(collection, action) ?? "admin";
  const leaves = await leavesIn(text);
  const grants: ExplainedGrant[] = [];
  for (const { role, permission, when } of grantsFor(catalog, collection, action, caller)) {
    const inIt = when === true ? [] : await leavesIn(when);
    const result = when === true ? true : await whole(when, inIt);
    grants.push({ role, permission, condition: when === true ? null : when, result, leaves: inIt });
  }
  return { shown: { leaves, grants, sql, params }, own: await whole(text, leaves) };
}

async function leafOf(
  { expression, whenTrue, whenFalse, missing }: LeafParts,
  values: ExplainedLeaf["values"],
  holds: (rule: Condition) => Promise<boolean | null>,
): Promise<ExplainedLeaf> {
  if (isNever(whenTrue) && isNever(whenFalse)) {
    const paths = missing.length > 0 ? { missing: missing.map((path) => `@user.${path}`) } : {};
    return { expression, values, result: "unknown", ...paths };
  }
  const result = isAlways(whenTrue) ? true : isNever(whenTrue) ? false : await holds(whenTrue);
  return { expression, values, result };
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
