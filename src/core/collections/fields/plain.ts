import type { FieldDefinition } from "../definition.ts";
import { type ColumnSpec, type Field, isNullable } from "./field.ts";

/** What a column of one value is to expressions. */
type PlainType = Extract<Field["schema"], { kind: "value" }>["type"];

/** The parts of a field that keeps one value, as it is, in one column. */
export function plainParts(
  definition: FieldDefinition,
  column: ColumnSpec["type"],
  type: PlainType,
): Pick<Field, "name" | "definition" | "nullable" | "columns" | "schema" | "store"> {
  const { name } = definition;
  const nullable = isNullable(definition);
  return {
    name,
    definition,
    nullable,
    columns: [{ name, type: column, nullable }],
    schema: { kind: "value", name, type, column: name, nullable },
    store: (value) => [value as string | number | null],
  };
}
