/** A record with everything in it, hidden fields included. */
export type Row = Readonly<Record<string, unknown>> & { readonly id: string };
export type Action = "list" | "view" | "create" | "update" | "delete";

/** A field, as far as rules know it. `target` makes it a relation. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly many?: boolean;
  readonly target?: string;
  readonly hidden?: boolean;
  readonly searchable?: boolean;
  readonly permissions?: { readonly view?: string; readonly write?: string };
}

export interface Collection {
  readonly name: string;
  readonly fields: readonly Field[];
  /** A missing one means admins only. */
  readonly permissions: Readonly<Partial<Record<Action, string>>>;
}

/** What its members are counted as, too, and what they may do: always, or where a rule holds. */
export interface Role {
  readonly name: string;
  readonly includes: readonly string[];
  readonly permissions: Readonly<Record<string, true | string>>;
}

/** All that there is. */
export interface World {
  readonly roles: readonly Role[];
  readonly collections: ReadonlyMap<string, Collection>;
  readonly rows: ReadonlyMap<string, readonly Row[]>;
}

/** A person has an id; a program with a key of its own has none. */
export type Known = Readonly<Record<string, unknown>> & { readonly id?: string; readonly role: string };

export interface Caller {
  /** What is known of the caller: `role`, and the record of a person; null for a guest. */
  readonly user: Known | null;
  /** What the API key is good for that the caller comes with; null without one. */
  readonly scopes: readonly string[] | null;
  readonly now: string;
  /** What the caller's relations lead to: all that there was when the request came. */
  readonly world: World;
}

const SYSTEM: readonly Field[] = [
  { name: "id", type: "text" },
  { name: "createdAt", type: "datetime" },
  { name: "updatedAt", type: "datetime" },
  { name: "version", type: "integer" },
];

export function fieldOf({ fields }: Collection, name: string): Field | undefined {
  return [...SYSTEM, ...fields].find((field) => field.name === name);
}

export function collectionOf(world: World, name: string): Collection {
  const found = world.collections.get(name);
  if (!found) throw new Error(`no collection ${name}`);
  return found;
}

export const rowsOf = (world: World, name: string): readonly Row[] => world.rows.get(name) ?? [];
export const isAdmin = ({ user }: Caller): boolean => user?.role === "admin";

/** A relation forward or back, as a path takes it. */
export interface Step {
  readonly target: string;
  readonly field: Field;
  readonly back: boolean;
}

export function stepOf(world: World, collection: Collection, name: string): Step | undefined {
  const own = fieldOf(collection, name);
  if (own) return own.target === undefined ? undefined : { target: own.target, field: own, back: false };
  const [source = "", via = ""] = name.split("_via_");
  const field = world.collections.get(source)?.fields.find((one) => one.name === via);
  return field?.target === collection.name ? { target: source, field, back: true } : undefined;
}

/** The rows that a step leads to. A to-one relation without its row leads to null. */
export function take(world: World, { target, field, back }: Step, from: Partial<Row> | null): readonly (Row | null)[] {
  const value = (row: Partial<Row> | null): readonly unknown[] => [row?.[field.name] ?? []].flat();
  if (back) return from === null ? [] : rowsOf(world, target).filter((row) => value(row).includes(from.id));
  const found = value(from).flatMap((id) => rowsOf(world, target).filter((row) => row.id === id));
  return field.many || found.length > 0 ? found : [null];
}

/** Steps and the field at the end of a path, with the json or geo keys that remain. */
export function split(world: World, start: Collection, text: string, asked: boolean) {
  const names = text.split(".");
  const steps: Step[] = [];
  let collection = start;
  for (const [index, name] of names.entries()) {
    const rest = names.slice(index + 1);
    const field = fieldOf(collection, name);
    const isLeaf = field && (!field.target || rest.length === 0 || (!asked && rest.join() === "id"));
    if (isLeaf) return { steps, field, keys: field.target ? [] : rest };
    const step = stepOf(world, collection, name);
    if (!step) throw new Error(`no ${name} in ${collection.name}`);
    steps.push(step);
    collection = collectionOf(world, step.target);
  }
  return { steps, field: SYSTEM[0] as Field, keys: [] };
}
