/** The type of a single value, as expressions see it. `json` is known only at run time. */
export type ValueType = "text" | "number" | "boolean" | "datetime" | "date" | "json" | "geo";

/**
 * A field as the rule language needs to know it: its type, and where it lies in the database. SQL and memory agree only
 * over what the collections store: texts without U+0000 and lone surrogates, and json as `JSON.stringify` writes it.
 */
export type SchemaField =
  /** A plain column. `datetime` is ISO text with milliseconds, `date` is `YYYY-MM-DD`, `boolean` is 0 or 1. */
  | {
      readonly kind: "value";
      readonly name: string;
      readonly type: "text" | "number" | "boolean" | "datetime" | "date";
      readonly column: string;
      readonly nullable: boolean;
      /** An index begins with it. */
      readonly indexed?: boolean;
    }
  /** A column with a JSON array of texts (select or file with `many`). */
  | { readonly kind: "list"; readonly name: string; readonly column: string }
  /** A column with any JSON. */
  | { readonly kind: "json"; readonly name: string; readonly column: string }
  /** Degrees, in two columns. Addressed as `position.lat`, `position.lng`, and whole inside `distance()`. */
  | { readonly kind: "geo"; readonly name: string; readonly lat: string; readonly lng: string }
  /** A to-one relation: a column with the id of a row of `target`. */
  | {
      readonly kind: "one";
      readonly name: string;
      readonly column: string;
      readonly target: string;
      readonly nullable: boolean;
      /** An index begins with it. */
      readonly indexed?: boolean;
    }
  /** A to-many relation: a table with the columns `source`, `target` (ids) and `position` (order, from 0). */
  | { readonly kind: "many"; readonly name: string; readonly table: string; readonly target: string };

/** A collection as the rule language needs to know it. System fields are among `fields`; `id` is a text value. */
export interface SchemaCollection {
  readonly name: string;
  readonly table: string;
  readonly fields: ReadonlyMap<string, SchemaField>;
}

/** The collections that an expression may reach. */
export interface RuleSchema {
  collection(name: string): SchemaCollection | undefined;
}
