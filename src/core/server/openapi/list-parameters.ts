import { type Collection, DEFAULT_LIMIT, MAX_LIMIT } from "../../collections/index.ts";
import { type Node, parameter } from "./node.ts";

const TEXT: Node = { type: "string" };

/** What a list may be asked for (contract, section 4). */
export function listParameters(collection: Collection): readonly Node[] {
  const { searchable, kind } = collection;
  const first = collection.fields.find((field) => !field.definition.hidden)?.name ?? "id";
  const query = (name: string, schema: Node, description: string, example?: unknown): Node =>
    parameter("query", name, schema, { description, ...(example === undefined ? {} : { example }) });
  return [
    query("filter", TEXT, "An expression that records must fulfil.", exampleFilter(collection)),
    ...(searchable.length > 0
      ? [
          query(
            "search",
            TEXT,
            `Words, or beginnings of words, that must all occur in ${searchable.join(", ")}.`,
            "exam",
          ),
        ]
      : []),
    query("sort", TEXT, "Fields, a minus for descending.", kind === "view" ? first : `-createdAt,${first}`),
    query("limit", { type: "integer", minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT }, "Records per page."),
    query("cursor", TEXT, "The `next` of the page before: pages stay whole while records come and go."),
    query("page", { type: "integer", minimum: 1 }, "The page's number, from 1; instead of a cursor."),
    query("count", { type: "boolean", default: false }, "Also count all records that match."),
    ...viewParameters(collection),
    query("aggregate", TEXT, "Figures instead of records: count(), sum(x), avg(x), min(x), max(x).", "count()"),
    query("group", TEXT, "Fields by whose values the figures are grouped; goes with aggregate.", first),
  ];
}

/** What a single record may be asked for. */
export function viewParameters({ name, fields }: Collection): readonly Node[] {
  const shown = fields.filter((field) => !field.definition.hidden);
  const links = shown.filter((field) => field.link).map((field) => field.name);
  const example = (names: readonly string[]): Node => (names.length > 0 ? { example: names.join(",") } : {});
  return [
    parameter("query", "fields", TEXT, {
      description: "Only these fields, separated by commas.",
      ...example(["id", ...shown.slice(0, 2).map((field) => field.name)]),
    }),
    parameter("query", "expand", TEXT, {
      description: `Relations to include, also over several steps (a.b) and back (others_via_${name}).`,
      ...example(links.slice(0, 2)),
    }),
  ];
}

/** An expression over a field that the collection has. */
function exampleFilter({ fields, kind }: Collection): string {
  const parts = fields.flatMap(({ name, definition }) => {
    if (definition.hidden) return [];
    if (definition.type === "select" && !definition.many)
      return [`${name} = '${definition.options[0]?.replaceAll("'", "\\'")}'`];
    if (definition.type === "text") return [`${name} ~ 'exam'`];
    if (definition.type === "integer" || definition.type === "number") return [`${name} >= 1`];
    return [];
  });
  const [first, second] = parts;
  if (first !== undefined) return second === undefined ? first : `${first} && ${second}`;
  return kind === "view" ? "id != ''" : "createdAt > '2026-01-01'";
}
