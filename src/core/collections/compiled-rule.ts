import { sqliteDialect } from "../database/index.ts";
import { type Condition, compile, type SqlFragment } from "../rules/index.ts";
import { ROW } from "./collection.ts";

const compiledOf = new WeakMap<Condition, SqlFragment>();

/** The SQL of a rule over the row `ROW`; the same rule, bound for the same principal, comes again with every request. */
export function compiledRule(rule: Condition): SqlFragment {
  const known = compiledOf.get(rule);
  if (known !== undefined) return known;
  const compiled = compile(rule, { dialect: sqliteDialect, table: ROW });
  compiledOf.set(rule, compiled);
  return compiled;
}
