import type { SchemaCollection, SchemaField } from "../../../src/core/rules/index.ts";
import type { Random } from "./random.ts";
import type { Values } from "./random-values.ts";
import type { World } from "./random-world.ts";

type Type = "text" | "number" | "boolean" | "datetime" | "date" | "json";

/** The fields of the random caller; each may be empty. */
export function randomUser(random: Random, values: Values): Record<string, unknown> | null {
  if (random.chance(0.1)) return null;
  const user: Record<string, unknown> = {
    text: values.text(),
    texts: random.several(3, values.text),
    number: values.number(),
    numbers: random.several(3, values.number),
    boolean: random.chance(0.5),
    datetime: values.instant(),
    date: values.day(),
    mixed: [values.text(), values.number(), random.chance(0.5), null, { a: 1 }],
    post: `posts-${random.below(7)}`,
    inner: { text: values.text(), lat: values.place().lat, lng: values.place().lng },
  };
  for (const key of Object.keys(user)) {
    if (random.chance(0.15)) user[key] = random.pick([null, undefined, "", []]);
  }
  return user;
}

/** The text of a random expression over rows of `collection`: most make sense, some do not. */
export function randomExpression(random: Random, world: World, collection: SchemaCollection, depth = 0): string {
  const inner = () => randomExpression(random, world, collection, depth + 1);
  switch (random.below(depth > 2 ? 3 : depth === 0 ? 12 : 8)) {
    case 3:
      return `${inner()} && ${inner()}`;
    case 4:
      return `(${inner()} || ${inner()})`;
    case 5:
      return `!(${inner()})`;
    case 6:
      return `(${inner()})`;
    default:
      return randomComparison(random, world, collection);
  }
}

function randomComparison(random: Random, world: World, collection: SchemaCollection): string {
  if (random.chance(0.08)) return randomNearness(random, world, collection) ?? "1 = 1";
  const type = random.pick<Type>([
    "text",
    "text",
    "text",
    "number",
    "boolean",
    "datetime",
    "date",
    "json",
    "json",
    "json",
  ]);
  const left = randomSide(random, world, collection, type);
  if (random.chance(0.15)) {
    const values = [randomLiteral(random, world, type), ...random.several(4, () => randomLiteral(random, world, type))];
    return `${left} in (${values.join(", ")})`;
  }
  if ((type === "text" || type === "json") && random.chance(0.3)) {
    const needle = random.pick(["@user.text", "@user.texts", "@old.title", "@user.mixed", "null"]);
    return `${left} ${random.pick(["~", "!~"])} ${random.chance(0.7) ? randomLiteral(random, world, "text") : needle}`;
  }
  const op = random.pick(type === "boolean" ? ["=", "!="] : ["=", "=", "!=", "!=", "<", "<=", ">", ">="]);
  const rightType = type === "json" ? random.pick<Type>(["text", "number", "boolean"]) : type;
  const right = random.chance(0.5)
    ? randomLiteral(random, world, rightType)
    : random.chance(0.4)
      ? randomVariable(random, rightType)
      : randomSide(random, world, collection, rightType === "date" && random.chance(0.3) ? "datetime" : rightType);
  return random.chance(0.2) ? `${right} ${op} ${left}` : `${left} ${op} ${right}`;
}

function randomSide(random: Random, world: World, collection: SchemaCollection, type: Type): string {
  const path = randomPath(random, world, collection, (field) => fieldType(field) === type);
  if (type === "number" && random.chance(0.4)) return randomCall(random, world, collection);
  if (path === undefined) return randomLiteral(random, world, type);
  if ((type === "text" || type === "json") && random.chance(0.15)) return `lower(${path})`;
  return random.chance(0.2) ? `every(${path})` : path;
}

function randomCall(random: Random, world: World, collection: SchemaCollection): string {
  const measured = randomPath(random, world, collection, (field) => field.kind !== "geo");
  return measured === undefined ? "1" : random.chance(0.1) ? `length(lower(${measured}))` : `length(${measured})`;
}

function randomNearness(random: Random, world: World, collection: SchemaCollection): string | undefined {
  const position = randomPath(random, world, collection, (field) => field.kind === "geo");
  if (position === undefined) return undefined;
  const { lat, lng } = world.values.place();
  const at = random.pick([
    `${lat}, ${lng}`,
    `${lat}, ${lng}`,
    "@user.inner.lat, @user.inner.lng",
    "48, views",
    `${lat}, @user.texts`,
  ]);
  const radius = random.pick([0, 6, 25, 120, 1000, 6000, 9980, 15000, 19990, 30000]);
  return `distance(${position}, ${at}) ${random.pick(["<", "<", "<=", ">", ">=", "!="])} ${radius}`;
}

function fieldType(field: SchemaField): Type | "geo" {
  if (field.kind === "value") return field.type;
  return field.kind === "json" || field.kind === "geo" ? field.kind : "text";
}

function randomPath(
  random: Random,
  world: World,
  start: SchemaCollection,
  accepts: (field: SchemaField) => boolean,
): string | undefined {
  const steps: string[] = [];
  let current = start;
  while (steps.length < 3 && random.chance(0.3)) {
    const ways = waysFrom(world, current);
    if (ways.length === 0) break;
    const way = random.pick(ways);
    const target = world.schema.collection(way.target);
    if (target === undefined) break;
    steps.push(way.name);
    current = target;
  }
  const fields = [...current.fields.values()].filter(accepts);
  if (fields.length === 0) return undefined;
  const field = random.pick(fields);
  const isBack = steps.at(-1)?.includes("_via_") === true && !start.fields.has(steps.at(-1) ?? "");
  if (isBack && field.kind === "value" && field.type === "text" && random.chance(0.3)) return steps.join(".");
  const keys = field.kind === "json" ? random.several(2, world.values.key) : [];
  return [...steps, field.name, ...keys].join(".");
}

function waysFrom(world: World, collection: SchemaCollection): { name: string; target: string }[] {
  const ways: { name: string; target: string }[] = [];
  for (const field of collection.fields.values()) {
    if (field.kind === "one" || field.kind === "many") ways.push({ name: field.name, target: field.target });
  }
  for (const other of world.collections) {
    for (const field of other.fields.values()) {
      if ((field.kind !== "one" && field.kind !== "many") || field.target !== collection.name) continue;
      ways.push({ name: `${other.name}_via_${field.name}`, target: other.name });
    }
  }
  return ways;
}

function randomVariable(random: Random, type: Type): string {
  const byType: Record<Type, readonly string[]> = {
    text: [
      "@user.text",
      "@user.texts",
      "@user.inner.text",
      "@user.post",
      "@old.title",
      "@old.roles",
      "@old.tags",
      "@old.meta.a",
      "lower(@user.text)",
    ],
    number: ["@user.number", "@user.numbers", "@old.views", "@old.meta.a", "length(@user.texts)", "@old.position.lat"],
    boolean: ["@user.boolean", "@old.active"],
    datetime: ["@now", "@user.datetime", "@user.date", "@old.at", "@old.due"],
    date: ["@now", "@user.datetime", "@user.date", "@old.due"],
    json: ["@user.mixed", "@old.meta"],
  };
  return random.pick([...byType[type], "@user.mixed", "@user.nothing"]);
}

/** A literal as it is written. */
function randomLiteral(random: Random, world: World, type: Type): string {
  if (random.chance(0.1)) return "null";
  const { values } = world;
  switch (type) {
    case "text":
      return quote(random, otherCase(random, values.text()));
    case "number":
      return random.chance(0.4)
        ? String(random.below(5))
        : String(values.number()).replace("e+", random.pick(["e", "E+"]));
    case "boolean":
      return random.pick(["true", "false"]);
    case "datetime":
    case "date":
      return quote(
        random,
        random.pick([values.instant(), values.day(), "2024-01-01T02:00:00+02:00", "2023-12-31T20:30-0330"]),
      );
    case "json":
      return randomLiteral(random, world, random.pick<Type>(["text", "number", "boolean"]));
  }
}

function otherCase(random: Random, text: string): string {
  return random.pick([text, text, text.toLowerCase(), text.toUpperCase()]);
}

function quote(random: Random, text: string): string {
  const mark = random.pick(["'", '"']);
  return mark + text.replaceAll("\\", "\\\\").replaceAll(mark, `\\${mark}`) + mark;
}
