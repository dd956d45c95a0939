import type { Dialect, SqlValue } from "../database/index.ts";
import type { Condition, Literal } from "./condition.ts";
import type { ValueType } from "./schema.ts";

/**
 * Collects parameters while SQL is put together. Text must be written in the order in which it will stand: each `bind`
 * gives the next placeholder. (JavaScript evaluates a template from left to right, so one template per fragment does it.)
 */
export interface Writer {
  readonly params: readonly SqlValue[];
  /** Binds a value, booleans as 0 and 1, and gives its placeholder. */
  bind(value: Exclude<Literal, object>): string;
  quote(name: string): string;
  /** A table alias that no other has, and no table: names of tables do not begin with `_` and a digit. */
  alias(): string;
  /** SQL that is true exactly if the condition holds (or, with `holds` false, exactly if it does not). */
  condition(condition: Condition, row: string, holds: boolean): string;
}

/** One value of a row in SQL. Every call writes its text anew and binds its parameters again. */
export interface Term {
  /** `json`: known only row by row, through `kind`. */
  readonly type: ValueType | "null" | "any";
  value(): string;
  /** Only for json: what SQLite's `json_type()` says of the value; never NULL. The value of json null is NULL. */
  readonly kind?: () => string;
}

/** A writer that has bound nothing yet. `condition` is the compiler, which the writer hands to what it is passed to. */
export function createWriter(
  dialect: Dialect,
  condition: (writer: Writer, condition: Condition, row: string, holds: boolean) => string,
): Writer {
  const params: SqlValue[] = [];
  let aliases = 0;
  const writer: Writer = {
    params,
    bind(value) {
      params.push(typeof value === "boolean" ? Number(value) : value);
      return dialect.placeholder;
    },
    quote: dialect.quote,
    alias: () => `_${++aliases}`,
    condition: (tree, row, holds) => condition(writer, tree, row, holds),
  };
  return writer;
}
