import type { Random } from "../core/rules/random.ts";
import { type Caller, type Collection, collectionOf, type Field, type Row, rowsOf, type World } from "./world.ts";

/** The present of every case. */
export const NOW = "2024-01-01T12:30:00.000Z";
/** Stands in every text of a hidden field, and must never be seen. */
export const SECRET = "SECRET";

/** A field with what only its definition needs. */
export type FieldDefinition = Field & {
  readonly options?: readonly string[];
  readonly onDelete?: string;
  readonly collection?: string;
};

/** A collection, and how it is defined. */
export type Definition = Collection & { readonly kind: "base" | "auth"; readonly fields: readonly FieldDefinition[] };

// biome-ignore format: a table
const TEXTS = ["a", "A", "b", "ab", "é", "É", "ß", "ẞ", "ı", "İ", "Σας", "σ", "*", "[a]", "%", "'", "\\", "alpha beta", "Beta", "betas alpha", "😀", "\uffee", "5", "true", "2024-01-01", ""];
const NUMBERS = [0, 1, 2, 3, -1, 5];
const DECIMALS = [0, 1, 1.5, -2.5, 0.1, 3, 1e21];
// biome-ignore format: a table
const INSTANTS = ["2024-01-01T00:00:00.000Z", "2023-12-31T23:59:59.999Z", NOW, "2024-01-02T00:00:00.000Z", "1970-01-01T00:00:00.000Z"];
const DAYS = ["2024-01-01", "2023-12-31", "2024-01-02", "1970-01-01"];
const OPTIONS = ["a", "b", "Beta", "é"];
const MAILS = ["a@x.io", "b@x.io", "beta@alpha.io"];
const LINKS = ["https://x.io/", "https://x.io/a", "http://beta.io/"];
const FILES = [id(900_001), id(900_002)];
const PLACES = [
  { lat: 48.8, lng: 2.3 },
  { lat: 48.85, lng: 2.35 },
  { lat: 0, lng: 179.9 },
  { lat: 0, lng: -179.9 },
  { lat: 89.9, lng: 120 },
];

/** A UUID that says its number. */
export function id(number: number): string {
  return `01900000-0000-7000-8000-${String(number).padStart(12, "0")}`;
}

const KINDS: readonly FieldDefinition[] = [
  { name: "title", type: "text" },
  { name: "note", type: "text" },
  { name: "body", type: "richtext" },
  { name: "size", type: "integer" },
  { name: "score", type: "number" },
  { name: "active", type: "boolean" },
  { name: "at", type: "datetime" },
  { name: "day", type: "date" },
  { name: "state", type: "select", options: OPTIONS },
  { name: "tags", type: "select", options: OPTIONS, many: true },
  { name: "mail", type: "email" },
  { name: "link", type: "url" },
  { name: "data", type: "json" },
  { name: "picture", type: "file" },
  { name: "papers", type: "file", many: true },
  { name: "place", type: "geo" },
];

/** What accounts have beside their own fields. */
const ACCOUNT: readonly FieldDefinition[] = [
  { name: "email", type: "email" },
  { name: "verified", type: "boolean" },
  { name: "role", type: "text" },
  { name: "passwordHash", type: "text", hidden: true },
];
const OWN_OF_USERS = ["title", "size", "active", "at", "day", "tags", "data", "place"];

/** True of fields that a definition states. */
export const isDeclared = ({ name }: Field): boolean => !ACCOUNT.some((field) => field.name === name);

/** Collections without rules, then the same with rules, which may speak of all of them. */
export function randomWorld(random: Random): World {
  const names = ["users", "cards", "decks", "piles"].slice(0, 2 + random.below(3));
  const bare = names.map((name): Definition => {
    const isUsers = name === "users";
    const values = KINDS.filter((field) => (isUsers ? OWN_OF_USERS.includes(field.name) : random.chance(0.6)));
    const links = random
      .several(isUsers ? 2 : 3, () => random.pick(names))
      .map((target, index) => {
        const many = random.chance(0.4);
        return relation(random, `${many ? "many" : "one"}${index}`, target, many);
      });
    const owner = !isUsers && random.chance(0.7) ? [relation(random, "owner", "users", false)] : [];
    const fields = [...(isUsers ? ACCOUNT : []), ...owner, ...values, ...links];
    return {
      name,
      kind: isUsers ? "auth" : "base",
      permissions: {},
      fields: fields.map((field) => marked(random, field)),
    };
  });
  const collections = new Map<string, Collection>(bare.map((one) => [one.name, one]));
  // ids first, so that relations may point anywhere
  const ids = new Map(bare.map(({ name }, index) => [name, randomIds(random, name, index)]));
  const world: World = { collections, rows: ids };
  const rows = new Map(bare.map(({ name }) => [name, randomRows(random, world, name)]));
  const whole: World = { collections, rows };
  for (const one of bare) collections.set(one.name, withRules(random, whole, one));
  return whole;
}

function relation(random: Random, name: string, target: string, many: boolean): FieldDefinition {
  const onDelete = random.pick(
    target === "users" ? ["setNull", "cascade"] : ["setNull", "setNull", "cascade", "restrict"],
  );
  return { name, type: "relation", collection: target, target, onDelete, ...(many ? { many } : {}) };
}

function marked(random: Random, field: FieldDefinition): FieldDefinition {
  if (!isDeclared(field)) return field;
  const searchable = ["text", "richtext", "email", "url"].includes(field.type) && random.chance(0.6);
  return { ...field, ...(random.chance(0.1) ? { hidden: true } : {}), ...(searchable ? { searchable } : {}) };
}

function withRules(random: Random, world: World, one: Definition): Definition {
  const rule = (old: boolean): string => randomRule(random, world, one, old);
  const fields = one.fields.map((field) => {
    if (!isDeclared(field) || random.chance(0.7)) return field;
    const view = random.chance(0.7) ? { view: rule(false) } : {};
    return { ...field, permissions: { ...view, ...(random.chance(0.5) ? { write: rule(true) } : {}) } };
  });
  const view = rule(false);
  const list = random.chance(0.5) ? view : rule(false);
  const actions = { list, view, create: rule(false), update: rule(true), delete: rule(true) };
  const permissions = Object.fromEntries(Object.entries(actions).filter(() => !random.chance(0.04)));
  return { ...one, fields, permissions };
}

function randomIds(random: Random, name: string, index: number): readonly Row[] {
  return Array.from({ length: name === "users" ? 5 : 2 + random.below(6) }, (_, n) => ({ id: id(index * 1000 + n) }));
}

function randomRows(random: Random, world: World, name: string): readonly Row[] {
  const collection = collectionOf(world, name);
  return rowsOf(world, name).map((bare, n): Row => {
    const row: Record<string, unknown> = { ...bare, createdAt: random.pick(INSTANTS) };
    for (const field of collection.fields) if (isDeclared(field)) row[field.name] = randomValue(random, world, field);
    if (name === "users") {
      row.email = `${n}@users.io`;
      row.role = n < 2 ? "admin" : random.pick(["user", "user", "editor"]);
    }
    return { ...row, id: bare.id };
  });
}

/** A value that the field accepts; a relation points at a row that is there. */
export function randomValue(random: Random, world: World, field: FieldDefinition): unknown {
  if (field.many) {
    const value = (): unknown => randomValue(random, world, { ...field, many: false });
    return [...new Set(random.several(3, value).filter((one) => one !== null))];
  }
  if (random.chance(field.target ? 0.2 : 0.25)) return null;
  switch (field.type) {
    case "text":
    case "richtext":
      return field.hidden ? `${SECRET} ${random.pick(TEXTS)}` : random.pick(TEXTS);
    case "integer":
      return random.pick(NUMBERS);
    case "number":
      return random.pick(DECIMALS);
    case "boolean":
      return random.chance(0.5);
    case "datetime":
      return random.pick(INSTANTS);
    case "date":
      return random.pick(DAYS);
    case "select":
      return random.pick(OPTIONS);
    case "email":
      return random.pick(MAILS);
    case "url":
      return random.pick(LINKS);
    case "json":
      return randomJson(random);
    case "file":
      return random.pick(FILES);
    case "geo":
      return random.pick(PLACES);
    default: {
      const rows = rowsOf(world, field.target ?? "");
      return rows.length > 0 ? random.pick(rows).id : null;
    }
  }
}

function randomJson(random: Random, depth = 0): unknown {
  switch (random.below(depth > 2 ? 4 : 8)) {
    case 0:
      return depth === 0 ? random.pick(TEXTS) : null;
    case 1:
      return random.chance(0.5);
    case 2:
      return random.pick(DECIMALS);
    case 3:
      return random.pick(TEXTS);
    case 4:
      return random.several(3, () => randomJson(random, depth + 1));
    default:
      return Object.fromEntries(
        random.several(3, () => [random.pick(["a", "b"]), randomJson(random, depth + 1)] as const),
      );
  }
}

/** A guest, a user, or an admin. */
export function randomCaller(random: Random, world: World): Caller {
  const users = rowsOf(world, "users");
  const user = random.chance(0.2) ? null : (users[random.chance(0.1) ? 0 : 2 + random.below(3)] ?? null);
  return callerAs(world, user?.id);
}

/** A user as rules know them now, or a guest: what is hidden of an account, no rule may tell of. */
export function callerAs(world: World, userId: string | undefined): Caller {
  const row = rowsOf(world, "users").find((one) => one.id === userId);
  if (!row) return { user: null, now: NOW };
  const hidden = collectionOf(world, "users").fields.filter((field) => field.hidden);
  const known = Object.entries(row).filter(([key]) => !hidden.some(({ name }) => name === key));
  return { user: { ...Object.fromEntries(known), id: row.id }, now: NOW };
}

function randomRule(random: Random, world: World, collection: Collection, old: boolean): string {
  const hasOwner = collection.fields.some((field) => field.name === "owner");
  switch (random.below(20)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return "public";
    case 4:
    case 5:
      return "authenticated";
    case 6:
      return "role:editor";
    case 7:
      return "admin";
    case 8:
    case 9:
      return hasOwner ? "owner" : "authenticated";
    default:
      return randomExpression({ random, world, collection, old, accepts: () => true });
  }
}

/** What an expression is made for. */
export interface Soil {
  readonly random: Random;
  readonly world: World;
  readonly collection: Collection;
  readonly old: boolean;
  /** Which fields may be named. */
  accepts(field: Field): boolean;
}

type Type = "string" | "number" | "boolean" | "datetime" | "date" | "json";

export function randomExpression(soil: Soil, depth = 0): string {
  const { random } = soil;
  const inner = (): string => randomExpression(soil, depth + 1);
  switch (random.below(depth > 2 ? 3 : 9)) {
    case 3:
      return `(${inner()} && ${inner()})`;
    case 4:
    case 5:
      return `(${inner()} || ${inner()})`;
    case 6:
      return `!(${inner()})`;
    default:
      return randomComparison(soil);
  }
}

const TYPES: readonly Type[] = ["string", "string", "string", "number", "boolean", "datetime", "date", "json"];

function randomComparison(soil: Soil): string {
  const { random } = soil;
  switch (random.below(12)) {
    case 0:
      return aboutUser(random);
    case 1:
    case 2:
      return aboutRelation(soil) ?? aboutUser(random);
    case 3:
      return aboutPlace(soil) ?? aboutUser(random);
  }
  const type = random.pick(TYPES);
  const left = randomSide(soil, type);
  if (left === undefined) return random.chance(0.5) ? "id != null" : aboutUser(random);
  if (random.chance(0.15)) return `${left} in (${[1, 2].map(() => literal(random, type)).join(", ")})`;
  if ((type === "string" || type === "json") && random.chance(0.25)) {
    const needle = random.chance(0.7)
      ? literal(random, "string")
      : random.pick(["@user.title", "@user.tags", "@user.data"]);
    return `${left} ${random.pick(["~", "!~"])} ${needle}`;
  }
  const op = random.pick(type === "boolean" ? ["=", "!="] : ["=", "=", "!=", "!=", "<", "<=", ">", ">="]);
  const other = type === "json" ? random.pick<Type>(["string", "number", "boolean"]) : type;
  const right = randomRight(soil, other, op);
  return random.chance(0.15) ? `${right} ${op} ${left}` : `${left} ${op} ${right}`;
}

function randomRight(soil: Soil, type: Type, op: string): string {
  const { random } = soil;
  const ordered = op !== "=" && op !== "!=";
  if (type === "boolean" && ordered) return literal(random, "number");
  switch (random.below(5)) {
    case 0:
    case 1:
      return literal(random, type);
    case 2:
      return random.pick(OF_USER[type]);
    case 3:
      return randomOld(soil, type) ?? literal(random, type);
    default:
      return randomSide(soil, type === "date" && random.chance(0.3) ? "datetime" : type) ?? literal(random, type);
  }
}

// biome-ignore format: a table
const OF_USER: Readonly<Record<Type, readonly string[]>> = {
  string: ["@user.title", "@user.tags", "@user.id", "@user.email", "@user.role", "lower(@user.title)", "@user.data", "@user.data.a", "@user.one0", "@user.many0", "@user.missing", "@user.size"],
  number: ["@user.size", "@user.data", "@user.data.a", "length(@user.title)", "length(@user.tags)", "@user.place.lat", "@user.title"],
  boolean: ["@user.active", "@user.verified", "@user.data.a"],
  datetime: ["@user.at", "@user.day", "@now", "@user.title"],
  date: ["@user.at", "@user.day", "@now", "@user.title"],
  json: ["@user.data"],
};

function aboutUser(random: Random): string {
  const path = random.pick([
    "@user.title",
    "@user.tags",
    "@user.size",
    "@user.data.a",
    "@user.id",
    "@user.active",
    "@user.many0",
  ]);
  const literals = ["null", "null", "null", "'a'", "1", "true", "'Beta'"];
  return random.pick([
    `${path} ${random.pick(["=", "!="])} ${random.pick(literals)}`,
    `@user.role = ${random.pick(["'user'", "'editor'"])}`,
    `@user.size ${random.pick(["<", ">=", "="])} ${random.pick(NUMBERS)}`,
    `length(@user.tags) ${random.pick(["=", ">", "!="])} ${random.below(4)}`,
    `@user.at < @now`,
    `@user.tags = @user.title`,
  ]);
}

function aboutRelation(soil: Soil): string | undefined {
  const { random } = soil;
  const path = randomPath(soil, (field) => field.target !== undefined || field.name === "id");
  if (path === undefined) return undefined;
  const whole = random.chance(0.15)
    ? `every(${path})`
    : random.chance(0.2) && !path.endsWith("id")
      ? `${path}.id`
      : path;
  const op = random.pick(["=", "=", "=", "!="]);
  if (random.chance(0.2))
    return `length(${path.endsWith("id") ? "id" : path}) ${random.pick(["=", ">"])} ${random.below(3)}`;
  return `${whole} ${op} ${random.pick(["@user.id", "@user.id", "@user.one0", "@user.many0", "null", `'${id(2)}'`, "id", `'${id(1001)}'`])}`;
}

function aboutPlace(soil: Soil): string | undefined {
  const { random } = soil;
  const path = randomPath(soil, (field) => field.type === "geo");
  if (path === undefined) return undefined;
  const from = random.pick(["48.8, 2.3", "0, 179.9", "89.9, -60", "@user.place.lat, @user.place.lng"]);
  return `distance(${path}, ${from}) ${random.pick(["<", "<=", ">", "!="])} ${random.pick([3, 25, 100, 6000, 12000])}`;
}

function randomSide(soil: Soil, type: Type): string | undefined {
  const { random } = soil;
  if (type === "number" && random.chance(0.4)) {
    const measured = randomPath(
      soil,
      (field) => field.many === true || ["text", "json", "select"].includes(field.type),
    );
    return measured && `length(${measured})`;
  }
  const path = randomPath(soil, (field) => typeOfField(field) === type);
  if (path === undefined) return undefined;
  if ((type === "string" || type === "json") && random.chance(0.1)) return `lower(${path})`;
  return random.chance(0.15) ? `every(${path})` : path;
}

function typeOfField({ type }: Field): Type | undefined {
  if (type === "geo") return undefined;
  if (type === "integer" || type === "number") return "number";
  return type === "boolean" || type === "datetime" || type === "date" || type === "json" ? type : "string";
}

/** The names of the relations that lead on from a collection, forward and back. */
export function waysFrom(
  world: World,
  { name, fields }: Collection,
): readonly { readonly name: string; readonly target: string; readonly field: Field }[] {
  const own = fields.flatMap((field) => (field.target ? [{ name: field.name, target: field.target, field }] : []));
  const back = Array.from(world.collections.values()).flatMap((other) =>
    other.fields
      .filter((field) => field.target === name)
      .map((field) => ({ name: `${other.name}_via_${field.name}`, target: other.name, field })),
  );
  return [...own, ...back];
}

/** A path to a field that fits, through at most two relations. */
export function randomPath(soil: Soil, fits: (field: Field) => boolean, single = false): string | undefined {
  const { random, world } = soil;
  const steps: string[] = [];
  let current = soil.collection;
  while (steps.length < 2 && random.chance(0.35)) {
    const ways = waysFrom(world, current).filter(
      ({ name, field }) => soil.accepts(field) && !(single && (field.many || name.includes("_via_"))),
    );
    if (ways.length === 0) break;
    const way = random.pick(ways);
    steps.push(way.name);
    current = collectionOf(world, way.target);
  }
  const all: readonly Field[] = [
    ...current.fields,
    { name: "id", type: "text" },
    { name: "createdAt", type: "datetime" },
  ];
  const fields = all.filter((field) => fits(field) && soil.accepts(field) && !(single && field.many));
  if (fields.length === 0) return undefined;
  const field = random.pick(fields);
  const keys = field.type === "json" ? random.several(2, () => random.pick(["a", "b"])) : [];
  return [...steps, field.name, ...keys].join(".");
}

function randomOld({ random, collection, old }: Soil, type: Type): string | undefined {
  const fields = collection.fields.filter((field) => typeOfField(field) === type);
  if (!old || fields.length === 0) return undefined;
  const field = random.pick(fields);
  return `@old.${field.name}`;
}

function literal(random: Random, type: Type): string {
  if (random.chance(0.12)) return "null";
  switch (type) {
    case "number":
      return String(random.pick(DECIMALS)).replace("+", "");
    case "boolean":
      return random.pick(["true", "false"]);
    case "datetime":
    case "date":
      return `'${random.pick([...INSTANTS, ...DAYS, "2024-01-01T02:00:00+02:00"])}'`;
    case "json":
      return literal(random, random.pick<Type>(["string", "number", "boolean"]));
    case "string": {
      const text = random.pick([...TEXTS, ...TEXTS, ...OPTIONS, "user", MAILS[0] ?? "", "eta"]);
      return `'${random.pick([text, text.toUpperCase(), text]).replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
    }
  }
}
