import type { Collection } from "../../core/collections/index.ts";
import { suggest } from "../../tools/index.ts";
import { CliError } from "../command.ts";
import type { FromCells } from "./csv.ts";

/** What stands between the values of one cell. */
const SEPARATOR = ";";

/** Turns a cell's text into a field's value. What cannot be turned stays text, for validation to refuse. */
type FromCell = (text: string) => unknown;

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false, 1: true, 0: false };

const asIs: FromCell = (text) => text;
const number: FromCell = (text) => (NUMBER.test(text.trim()) ? Number(text) : text);
const boolean: FromCell = (text) => BOOLEANS[text.trim().toLowerCase()] ?? text;
/** Values separated by `;`, or a JSON array where one of them holds a `;` itself. */
const list: FromCell = (text) => {
  if (text.startsWith("[")) return JSON.parse(text);
  return text
    .split(SEPARATOR)
    .map((part) => part.trim())
    .filter((part) => part !== "");
};

interface Column {
  /** The field, and the part of it for a point: `position`, `lat`. */
  readonly field: string;
  readonly part?: string;
  readonly read: FromCell;
}

/**
 * How rows under a header become records of a collection. An empty cell means that the field is absent; a point stands
 * in two columns, `position.lat` and `position.lng`. Throws `CliError` for a column that fits no field.
 */
export function cellsOf(collection: Collection): (names: readonly string[]) => FromCells {
  return (names) => {
    const columns = names.map((name) => columnOf(collection, name, names));
    return (cells) => {
      const record: Record<string, unknown> = {};
      for (let index = 0; index < columns.length; index += 1) {
        const column = columns[index];
        const text = cells[index];
        if (column === undefined || text === undefined || text === "") continue;
        try {
          const value = column.read(text);
          if (column.part === undefined) record[column.field] = value;
          else record[column.field] = { ...(record[column.field] as object | undefined), [column.part]: value };
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          return { value: rawRecord(names, cells), fault: `${column.field} is no JSON (${reason})` };
        }
      }
      return { value: record };
    };
  };
}

/** A row as it stands, by the header's names. */
function rawRecord(names: readonly string[], cells: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? ""]));
}

function columnOf(collection: Collection, name: string, names: readonly string[]): Column {
  const [base = "", part] = name.split(".");
  const field = collection.field(base);
  if (part !== undefined && field?.schema.kind === "geo" && (part === "lat" || part === "lng")) {
    return { field: base, part, read: number };
  }
  if (field?.schema.kind === "geo") {
    throw new CliError(`the CSV header: a point stands in two columns, ${name}.lat and ${name}.lng`);
  }
  if (field === undefined || part !== undefined) {
    if (collection.schema.fields.has(name)) return { field: name, read: name === "version" ? number : asIs };
    const known = csvColumns(collection).filter((one) => !names.includes(one));
    const meant = suggest(name, known);
    const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
    throw new CliError(`the CSV header: ${collection.name} has no field "${name}"${hint}`);
  }
  const { definition, schema } = field;
  if (schema.kind === "many" || schema.kind === "list") return { field: name, read: list };
  if (definition.type === "integer" || definition.type === "number") return { field: name, read: number };
  if (definition.type === "boolean") return { field: name, read: boolean };
  if (definition.type === "json") return { field: name, read: (text) => JSON.parse(text) };
  return { field: name, read: asIs };
}

/** The columns that a collection's records are written in: hidden fields are left out. */
export function csvColumns(collection: Collection): readonly string[] {
  const shown = collection.fields.filter((field) => !field.definition.hidden);
  const own = shown.flatMap(({ name, schema }) => (schema.kind === "geo" ? [`${name}.lat`, `${name}.lng`] : [name]));
  const system = ["createdAt", "updatedAt", "version"].filter((name) => collection.schema.fields.has(name));
  return ["id", ...own, ...system];
}

/** A value as the text of one cell, in quotes where it needs them. */
export function toCell(value: unknown, json: boolean): string {
  if (value === null || value === undefined) return "";
  const text = json ? JSON.stringify(value) : Array.isArray(value) ? joined(value) : String(value);
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

function joined(values: readonly unknown[]): string {
  const plain = values.every((one) => typeof one === "string" && !one.includes(SEPARATOR) && one === one.trim());
  const text = values.join(SEPARATOR);
  return plain && !text.startsWith("[") ? text : JSON.stringify(values);
}
