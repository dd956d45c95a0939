import type { Hop, Leaf, PathOperand } from "./condition.ts";
import { faultAt } from "./fault.ts";
import type { ResolveOptions } from "./resolution.ts";
import type { SchemaCollection, SchemaField, ValueType } from "./schema.ts";
import { isAlways } from "./simplify.ts";

/** At most this many steps may lead from the row to other rows; each is up to two joins, of SQLite's 64. */
export const HOP_LIMIT = 8;

/**
 * Gives a dotted path its meaning, from a row of `collection` on. Throws `bad_request`, one and the same for a field
 * that does not exist, one that the viewer may not see, and one in a collection that is closed to the viewer.
 */
export function resolvePath(
  text: string,
  at: number,
  collection: SchemaCollection,
  options: ResolveOptions,
): PathOperand {
  const steps = text.split(".");
  const hops: Hop[] = [];
  let current = collection;
  let offset = at;
  for (let index = 0; index < steps.length; index++) {
    const name = steps[index] ?? "";
    const rest = steps.slice(index + 1);
    const next = offset + name.length + 1;
    const field = visibleField(current, name, options);
    if (field !== undefined && !leadsOn(field, rest, options)) return pathTo(text, hops, endAt(field, rest, next));
    const hop = field === undefined ? backHop(current, name, options) : forwardHop(field, options);
    const target = hop === undefined ? undefined : options.schema.collection(hop.target);
    if (hop === undefined || target === undefined) {
      throw field === undefined ? unknown(offset, name) : unknown(next, rest[0]);
    }
    if (hops.length === HOP_LIMIT) throw faultAt(offset, `a path goes through at most ${HOP_LIMIT} relations`);
    hops.push(hop);
    current = target;
    offset = next;
  }
  return pathTo(text, hops, ID); // it ended at a back-relation
}

/**
 * Gives the path of `@old` or `@user` its meaning: it stays within one record. A relation is its id or ids.
 * Throws `bad_request` for what the record does not have.
 */
export function resolveRecordPath(
  text: string,
  at: number,
  collection: SchemaCollection,
  options: ResolveOptions,
): { readonly path: readonly string[]; readonly type: ValueType } {
  const path = text.split(".");
  const [name = "", ...rest] = path;
  const field = visibleField(collection, name, options);
  if (field === undefined) throw unknown(at, name);
  const isRelation = field.kind === "one" || field.kind === "many";
  if (isRelation && rest[0] === "id" && rest.length === 1) return { path: [name], type: "text" };
  const next = at + name.length + 1;
  if (isRelation && rest.length > 0) throw unknown(next, rest[0]);
  return { path, type: endAt(field, rest, next).type };
}

/** Where a path ends, and the type of its values. */
interface End {
  readonly leaf: Leaf;
  readonly type: ValueType;
}

const ID: End = { leaf: { kind: "column", column: "id", field: "id", nullable: false, indexed: true }, type: "text" };

function unknown(at: number, name: string | undefined) {
  return faultAt(at, `unknown field ${JSON.stringify(name)}`);
}

function visibleField(collection: SchemaCollection, name: string, options: ResolveOptions): SchemaField | undefined {
  const field = collection.fields.get(name);
  if (field === undefined || options.viewer === undefined) return field;
  return options.viewer.sees(collection.name, name) ? field : undefined;
}

/** Whether the path goes through this field to other rows. The id alone is read off the relation, where no guard may hide the row. */
function leadsOn(field: SchemaField, rest: readonly string[], options: ResolveOptions): boolean {
  if (field.kind !== "one" && field.kind !== "many") return false;
  const onlyId = rest.length === 1 && rest[0] === "id" && options.viewer === undefined;
  return rest.length > 0 && !onlyId;
}

function forwardHop(field: SchemaField, options: ResolveOptions): Hop | undefined {
  switch (field.kind) {
    case "one":
      return enter(field.target, options, (to) => ({ kind: "one", name: field.name, column: field.column, ...to }));
    case "many":
      return enter(field.target, options, (to) => ({ kind: "many", name: field.name, table: field.table, ...to }));
    default:
      return undefined;
  }
}

/** The hop of `comments_via_post`. Both names may themselves contain `_via_`. */
function backHop(collection: SchemaCollection, name: string, options: ResolveOptions): Hop | undefined {
  for (let split = name.indexOf("_via_"); split !== -1; split = name.indexOf("_via_", split + 1)) {
    const source = options.schema.collection(name.slice(0, split));
    const field = source === undefined ? undefined : visibleField(source, name.slice(split + 5), options);
    if (source === undefined || field === undefined || !("target" in field) || field.target !== collection.name)
      continue;
    const hop = enter(source.name, options, (to) =>
      field.kind === "one"
        ? { kind: "back-one", name, column: field.column, field: field.name, ...to }
        : { kind: "back-many", name, table: field.table, field: field.name, ...to },
    );
    if (hop !== undefined) return hop;
  }
  return undefined;
}

/** Completes a hop with its target and guard; `undefined` if the target does not exist or is closed to the viewer. */
function enter(
  target: string,
  { schema, viewer }: ResolveOptions,
  build: (to: Pick<Hop, "target" | "targetTable" | "guard">) => Hop,
): Hop | undefined {
  const table = schema.collection(target)?.table;
  const guard = viewer?.guard(target);
  if (table === undefined || guard === null) return undefined;
  const to = { target, targetTable: table };
  const isOpen = guard === undefined || isAlways(guard);
  return build(isOpen ? to : { ...to, guard });
}

function endAt(field: SchemaField, rest: readonly string[], at: number): End {
  if (field.kind === "json") {
    return { leaf: { kind: "json", column: field.column, field: field.name, keys: rest }, type: "json" };
  }
  if (field.kind === "geo" && rest.length === 1 && (rest[0] === "lat" || rest[0] === "lng")) {
    const key = rest[0];
    return { leaf: { kind: "coordinate", column: field[key], field: field.name, key }, type: "number" };
  }
  const isRelation = field.kind === "one" || field.kind === "many"; // ends at its id, written or not
  if (rest.length > 0 && !isRelation) throw unknown(at, rest[0]);
  const { name } = field;
  switch (field.kind) {
    case "geo":
      return { leaf: { kind: "geo", lat: field.lat, lng: field.lng, field: name }, type: "geo" };
    case "one":
      return { leaf: columnLeaf(field), type: "text" };
    case "many":
      return { leaf: { kind: "targets", table: field.table, field: name, target: field.target }, type: "text" };
    case "list":
      return { leaf: { kind: "list", column: field.column, field: name }, type: "text" };
    case "value":
      return {
        leaf: columnLeaf(field),
        type: field.type,
      };
  }
}

function pathTo(text: string, hops: readonly Hop[], { leaf, type }: End): PathOperand {
  const many =
    leaf.kind === "list" || leaf.kind === "json" || leaf.kind === "targets" || hops.some((hop) => hop.kind !== "one");
  return { kind: "path", hops, leaf, type, many, every: false, text };
}

function columnLeaf(field: Extract<SchemaField, { kind: "value" | "one" }>): Leaf {
  const { column, name, nullable, indexed = false } = field;
  return { kind: "column", column, field: name, nullable, indexed };
}
