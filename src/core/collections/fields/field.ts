import type { FieldErrorCode } from "../../../protocol/index.ts";
import type { Row, SqlValue } from "../../database/index.ts";
import type { SchemaField } from "../../rules/index.ts";
import type { FieldDefinition } from "../definition.ts";

/** What happens to a record when the one it points to is deleted. */
export type OnDelete = "cascade" | "restrict" | "setNull";

/** A column of a collection's table. */
export interface ColumnSpec {
  readonly name: string;
  readonly type: "TEXT" | "INTEGER" | "REAL";
  readonly nullable: boolean;
  /** For a to-one relation: the collection whose `id` it holds. */
  readonly references?: { readonly collection: string; readonly onDelete: OnDelete };
}

/** A relation, as the engine needs to know it. */
export interface Link {
  readonly many: boolean;
  readonly target: string;
  readonly onDelete: OnDelete;
}

/** A JSON Schema (2020-12), as far as fields need it. */
export type JsonSchema = { readonly [key: string]: unknown };

/** Reports a fault of the value in hand and returns `undefined`, so that `return fail(...)` reads well. */
export type Fail = (code: FieldErrorCode, message: string) => undefined;

/**
 * A field of a collection, with everything its type means. `V` values are JSON: what clients send and receive.
 * Every type is one file in this folder and passes the shared suite in `tests/core/collections/fields.test.ts`.
 */
export interface Field {
  readonly name: string;
  readonly definition: FieldDefinition;
  readonly nullable: boolean;
  /** Columns in the collection's own table; none for a to-many relation. */
  readonly columns: readonly ColumnSpec[];
  readonly schema: SchemaField;
  readonly link?: Link;
  /** Checks a value that is not null and returns its canonical form, or reports through `fail`. */
  parse(value: unknown, fail: Fail): unknown;
  /** The column values of a canonical value or null, in the order of `columns`. */
  store(value: unknown): readonly SqlValue[];
  /** The canonical value from a row; absent where the one column holds it as it is. */
  readonly load?: (row: Row) => unknown;
  /** SQL that makes the canonical value, or null, part of a JSON text; absent where the one column does as it is. */
  readonly json?: (column: (name: string) => string) => string;
  /** The schema of a value that is not null. */
  jsonSchema(): JsonSchema;
}

/** Whether null may stand in a field: what is not required may, unless the definition says otherwise. */
export function isNullable(definition: FieldDefinition): boolean {
  return definition.nullable ?? definition.required !== true;
}
