/** All types a field can have, the usual ones first. A test holds the list to the server's. */
export const FIELD_TYPES = [
  "text",
  "richtext",
  "integer",
  "number",
  "boolean",
  "datetime",
  "date",
  "select",
  "email",
  "url",
  "relation",
  "file",
  "json",
  "geo",
] as const;

export type FieldType = (typeof FIELD_TYPES)[number];

/** What a field may have beside what every field may have. */
export type TypeOption =
  | "default"
  | "min"
  | "max"
  | "pattern"
  | "searchable"
  | "options"
  | "collection"
  | "onDelete"
  | "many";

interface TypeFacts {
  /** One line, for whoever chooses. */
  readonly about: string;
  readonly takes: readonly TypeOption[];
}

/** What each type is, and which options it takes. */
export const TYPE_FACTS: Readonly<Record<FieldType, TypeFacts>> = {
  text: { about: "Plain text.", takes: ["default", "min", "max", "pattern", "searchable"] },
  richtext: {
    about: "Text with markup, kept as it is: whoever shows it must clean it.",
    takes: ["default", "min", "max", "searchable"],
  },
  integer: { about: "A whole number.", takes: ["default", "min", "max"] },
  number: { about: "A number with a fraction.", takes: ["default", "min", "max"] },
  boolean: { about: "True or false.", takes: ["default"] },
  datetime: { about: "A moment: 2026-11-20T12:00:00Z.", takes: ["default"] },
  date: { about: "A day: 2026-11-20.", takes: ["default"] },
  select: { about: "One of a list of words, or several.", takes: ["options", "many", "default"] },
  email: { about: "An e-mail address.", takes: ["default", "searchable"] },
  url: { about: "An http or https address.", takes: ["default", "searchable"] },
  relation: {
    about: "Points to a record of another collection, or to several.",
    takes: ["collection", "onDelete", "many", "default"],
  },
  file: { about: "An uploaded file, or several.", takes: ["many"] },
  json: { about: "Any JSON.", takes: ["default"] },
  geo: { about: "A point on the earth, in degrees.", takes: ["default"] },
};

const TYPE_OPTIONS: ReadonlySet<string> = new Set(Object.values(TYPE_FACTS).flatMap(({ takes }) => takes));

export function isFieldType(type: string): type is FieldType {
  return FIELD_TYPES.some((one) => one === type);
}

/** Whether fields of a type take an option; a type that is not known here takes none. */
export function takes(type: string, option: TypeOption): boolean {
  return isFieldType(type) && TYPE_FACTS[type].takes.includes(option);
}

/**
 * A field with another type: what only the former type means is gone, whatever is not known here stays. A default goes too,
 * since it was a value of the former type.
 */
export function withType(field: Readonly<Record<string, unknown>>, type: FieldType): Record<string, unknown> {
  const stays = ([option]: [string, unknown]): boolean =>
    option !== "default" && (!TYPE_OPTIONS.has(option) || TYPE_FACTS[type].takes.some((one) => one === option));
  return { ...Object.fromEntries(Object.entries(field).filter(stays)), type };
}

/** Whether fields of a type can be unique: those of many values, JSON and points cannot. */
export function canBeUnique(type: string, many: boolean): boolean {
  return !many && type !== "json" && type !== "geo";
}

/** How a default stands in an input. */
export function defaultText(type: string, value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" && type !== "json" ? value : JSON.stringify(value);
}

/**
 * Reads a default as it stands in an input; `undefined` for none. What is no value of the type stays a text: the server says
 * so at its place.
 * @throws Error in words, of a field of type `json` alone: there a text would be a value
 */
export function readDefault(type: string, text: string, many: boolean): unknown {
  if (text === "") return undefined;
  if (text.startsWith("@") && type !== "json") return text;
  switch (type) {
    case "integer":
    case "number":
      return Number.isFinite(Number(text)) ? Number(text) : text;
    case "boolean":
      return text === "true";
    case "json":
      return readJson(text);
    case "geo":
      return jsonOrText(text);
    case "select":
      return many ? jsonOrText(text) : text;
    default:
      return text;
  }
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("must be JSON");
  }
}
