import { ALWAYS, type Condition, NEVER } from "./condition.ts";

/** All of the conditions hold. Nested conjunctions become one, and what is always or never true disappears. */
export function and(...conditions: readonly Condition[]): Condition {
  const [only, ...more] = conditions.filter((condition) => !isAlways(condition));
  // the same object, which what is known of it hangs on
  if (only && more.length === 0) return only;
  const all: Condition[] = [];
  for (const condition of conditions) {
    if ("all" in condition) all.push(...condition.all);
    else if (isNever(condition)) return NEVER;
    else all.push(condition);
  }
  return all.length === 1 && all[0] !== undefined ? all[0] : all.length === 0 ? ALWAYS : { all };
}

/** Any of the conditions holds. Simplified like `and`. */
export function or(...conditions: readonly Condition[]): Condition {
  const [only, ...more] = conditions.filter((condition) => !isNever(condition));
  if (only && more.length === 0) return only;
  const any: Condition[] = [];
  for (const condition of conditions) {
    if ("any" in condition) any.push(...condition.any);
    else if (isAlways(condition)) return ALWAYS;
    else any.push(condition);
  }
  return any.length === 1 && any[0] !== undefined ? any[0] : any.length === 0 ? NEVER : { any };
}

/** True for a condition that plainly holds for every row. */
export function isAlways(condition: Condition): boolean {
  return "all" in condition && condition.all.length === 0;
}

/** True for a condition that plainly holds for no row. */
export function isNever(condition: Condition): boolean {
  return "any" in condition && condition.any.length === 0;
}
