import { bindComparison, bindOperand } from "./bind.ts";
import type { Bindings } from "./bindings.ts";
import { ALWAYS, type Condition, NEVER, type Operand } from "./condition.ts";
import { and, isAlways, isNever, or } from "./simplify.ts";

/**
 * Binds `@user`, `@now` and `@old` in a resolved condition, and decides what can be decided without a row. The result
 * holds exactly where the condition is *true*; where it is false or unknown the result does not hold. In it `not`
 * stands only over comparisons, and no condition is plainly constant within another.
 *
 * A comparison with a `@user` path that has no value is unknown, and so is its negation: to know where a negation is
 * true, one asks where its part is *false*, and an unknown comparison is neither true nor false anywhere.
 *
 * Throws `bad_request` if a bound text is too long to be searched for.
 */
export function settle(condition: Condition, bindings: Bindings): Condition {
  return where(condition, true, bindings);
}

/** Binds an operand that is a key to sort, group or aggregate by: only the guards in it can need it. */
export function settleOperand(operand: Operand, bindings: Bindings): Operand {
  const bound = bindOperand(operand, bindings, settle);
  if (bound === undefined) throw new Error("a key does not depend on the caller");
  return bound;
}

/** Where `condition` has the truth value `wanted`. */
function where(condition: Condition, wanted: boolean, bindings: Bindings): Condition {
  if ("not" in condition) return where(condition.not, !wanted, bindings);
  if ("all" in condition) {
    const parts = condition.all.map((part) => where(part, wanted, bindings));
    return wanted ? and(...parts) : or(...parts);
  }
  if ("any" in condition) {
    const parts = condition.any.map((part) => where(part, wanted, bindings));
    return wanted ? or(...parts) : and(...parts);
  }
  const bound = bindComparison(condition, bindings, settle);
  if (bound === undefined) return NEVER;
  if (wanted) return bound;
  if (isAlways(bound)) return NEVER;
  return isNever(bound) ? ALWAYS : { not: bound };
}
