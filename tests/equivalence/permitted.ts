import { type Expression, type OperandNode, parseExpression } from "../../src/core/rules/index.ts";
import { allows, opens } from "./interpreter.ts";
import { inScope } from "./roles.ts";
import {
  type Caller,
  type Collection,
  collectionOf,
  type Field,
  isAdmin,
  type Row,
  rowsOf,
  split,
  stepOf,
  take,
  type World,
} from "./world.ts";

/**
 * Whether a caller may name something: a field that is closed on some row `must` be refused. One that its rule opens on
 * every row there happens to be `may` be refused, since the rule could say otherwise of others.
 */
export type Refusal = "no" | "may" | "must";

const worst = (refusals: readonly Refusal[]): Refusal =>
  refusals.includes("must") ? "must" : refusals.includes("may") ? "may" : "no";

export function refusalOfField(world: World, name: string, field: Field, caller: Caller): Refusal {
  if (field.hidden) return "must";
  const rule = field.permissions?.view;
  if (rule === undefined || rule === "public" || isAdmin(caller)) return "no";
  return rowsOf(world, name).every((row) => opens(world, name, field, "view", caller, row)) ? "may" : "must";
}

/** The same for a path, which may not pass through a collection that is closed to the caller. */
export function refusalOfPath(world: World, collection: Collection, path: string, caller: Caller): Refusal {
  const { steps, field } = split(world, collection, path, true);
  const passed = steps.map((step, index): Refusal => {
    const from = index === 0 ? collection.name : (steps[index - 1]?.target ?? "");
    const isOpen = rowsOf(world, step.target).some((row) => allows(world, step.target, "view", caller, row));
    const named = refusalOfField(world, step.back ? step.target : from, step.field, caller);
    return worst([named, isOpen || (isAdmin(caller) && inScope(caller, step.target, "view")) ? "no" : "may"]);
  });
  return worst([...passed, refusalOfField(world, steps.at(-1)?.target ?? collection.name, field, caller)]);
}

export function refusalOfFilter(world: World, collection: Collection, filter: string, caller: Caller): Refusal {
  return worst(pathsOf(parseExpression(filter)).map((path) => refusalOfPath(world, collection, path, caller)));
}

function pathsOf(node: Expression): readonly string[] {
  if (node.kind === "not") return pathsOf(node.part);
  if (node.kind === "comparison") return [node.left, node.right].flatMap(pathsOfOperand);
  return node.parts.flatMap(pathsOf);
}

function pathsOfOperand(node: OperandNode): readonly string[] {
  if (node.kind === "path") return [node.text];
  return node.kind === "call" ? node.args.flatMap(pathsOfOperand) : [];
}

/** The record as this caller may see it, or those fields of it. */
export function shownRecord(
  world: World,
  name: string,
  caller: Caller,
  row: Row,
  names?: readonly string[],
): Record<string, unknown> {
  const shown = collectionOf(world, name).fields.filter(
    (field) => !field.hidden && opens(world, name, field, "view", caller, row),
  );
  const all = ["id", ...shown.map((field) => field.name), "createdAt", "updatedAt", "version"];
  return Object.fromEntries(all.filter((one) => !names || names.includes(one)).map((one) => [one, row[one]]));
}

/** What `expand` must hold for a path of relations; undefined where the caller may not name one of them. */
export function expanded(world: World, name: string, path: readonly string[], caller: Caller, row: Row): unknown {
  const [head = "", ...tail] = path;
  const step = stepOf(world, collectionOf(world, name), head);
  if (!step) throw new Error(`no ${head} in ${name}`);
  const { target, field, back } = step;
  const whole = (one: Row): unknown => {
    const record = shownRecord(world, target, caller, one);
    return tail.length === 0 ? record : { ...record, expand: expanded(world, target, tail, caller, one) };
  };
  const isSeen = back
    ? refusalOfField(world, target, field, caller) !== "must"
    : opens(world, name, field, "view", caller, row);
  const found = isSeen ? take(world, step, row).filter((one) => one !== null) : [];
  const viewable = found.filter((one) => allows(world, target, "view", caller, one));
  const ordered = back ? viewable.sort((a, b) => (a.id < b.id ? -1 : 1)) : viewable;
  const related = ordered.map(whole);
  return { [head]: back || field.many ? related : (related[0] ?? null) };
}

/** Whether an expansion must be refused, or may be empty though each row would open the way back. */
export function refusalOfExpand(world: World, name: string, path: readonly string[], caller: Caller): Refusal {
  const refusals: Refusal[] = [];
  let from = name;
  for (const head of path) {
    const step = stepOf(world, collectionOf(world, from), head);
    if (!step) throw new Error(`no ${head} in ${from}`);
    if (step.field.hidden) return "must";
    if (step.back && refusalOfField(world, step.target, step.field, caller) === "may") refusals.push("may");
    from = step.target;
  }
  return worst(refusals);
}
