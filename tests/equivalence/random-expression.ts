import type { Random } from "../core/rules/random.ts";
import { DAYS, DECIMALS, INSTANTS, id, MAILS, NUMBERS, OPTIONS, TEXTS } from "./random-value.ts";
import { type Collection, collectionOf, type Field, type World } from "./world.ts";

/** A keyword, or an expression; one with `@old` in it where there is a row before. */
export function randomRule(random: Random, world: World, collection: Collection, old: boolean): string {
  const hasOwner = collection.fields.some((field) => field.name === "owner");
  switch (random.below(22)) {
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
    case 10:
      return `permission:${collection.name}.publish`;
    case 11:
      return random.chance(0.5) ? "permission:desk.open" : "role:helper";
    default:
      return randomExpression({ random, world, collection, old, isRule: true, accepts: () => true });
  }
}

/** What an expression is made for. */
export interface Soil {
  readonly random: Random;
  readonly world: World;
  readonly collection: Collection;
  readonly old: boolean;
  /** Only rules may follow the relations of the caller. */
  readonly isRule: boolean;
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
      return aboutUser(soil);
    case 1:
    case 2:
      return aboutRelation(soil) ?? aboutUser(soil);
    case 3:
      return aboutPlace(soil) ?? aboutUser(soil);
  }
  const type = random.pick(TYPES);
  const left = randomSide(soil, type);
  if (left === undefined) return random.chance(0.5) ? "id != null" : aboutUser(soil);
  if (random.chance(0.15)) return `${left} in (${[1, 2].map(() => literal(random, type)).join(", ")})`;
  if ((type === "string" || type === "json") && random.chance(0.25)) {
    const needle = random.chance(0.7)
      ? literal(random, "string")
      : known(soil, ["@user.title", "@user.tags", "@user.data", "@user.id"]);
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
      return beyondUser(soil, type) ?? known(soil, OF_USER[type]) ?? literal(random, type);
    case 3:
      return randomOld(soil, type) ?? literal(random, type);
    default:
      return randomSide(soil, type === "date" && random.chance(0.3) ? "datetime" : type) ?? literal(random, type);
  }
}

// biome-ignore format: a table
const OF_USER: Readonly<Record<Type, readonly string[]>> = {
  string: ["@user.title", "@user.tags", "@user.id", "@user.email", "@user.role", "lower(@user.title)", "@user.data", "@user.data.a", "@user.one0", "@user.many0", "@user.roles", "@user.permissions", "@user.size"],
  number: ["@user.size", "@user.data", "@user.data.a", "length(@user.title)", "length(@user.tags)", "@user.place.lat", "@user.title"],
  boolean: ["@user.active", "@user.verified", "@user.data.a"],
  datetime: ["@user.at", "@user.day", "@now", "@user.title"],
  date: ["@user.at", "@user.day", "@now", "@user.title"],
  json: ["@user.data"],
};

/** Of some operands or conditions, one that names only what is known of accounts. */
function known({ random, world }: Soil, texts: readonly string[]): string | undefined {
  const hidden = collectionOf(world, "users").fields.filter((field) => field.hidden);
  const names = ["id", "roles", "permissions", ...collectionOf(world, "users").fields.map((field) => field.name)];
  const isKnown = (name = ""): boolean => names.includes(name) && !hidden.some((field) => field.name === name);
  const fine = texts.filter((text) => Array.from(text.matchAll(/@user\.(\w+)/g)).every(([, name]) => isKnown(name)));
  return fine.length === 0 ? undefined : random.pick(fine);
}

/** A path that leads from the caller's record to others. */
function beyondUser(soil: Soil, type: Type): string | undefined {
  const { random, world, isRule } = soil;
  if (!isRule || random.chance(0.5)) return undefined;
  const users = collectionOf(world, "users");
  const leadsOn = (path: string): boolean => {
    const start = users.fields.find((field) => field.name === path.split(".")[0]);
    return path.includes(".") && (start === undefined || (start.target !== undefined && !start.hidden));
  };
  const tries = [1, 2, 3, 4].map(() =>
    randomPath({ ...soil, collection: users }, (field) => typeOfField(field) === type),
  );
  const path = tries.find((one) => one !== undefined && leadsOn(one));
  return path && `@user.${path}`;
}

function aboutUser(soil: Soil): string {
  const { random } = soil;
  const paths = ["@user.title", "@user.tags", "@user.size", "@user.data.a", "@user.id", "@user.active", "@user.many0"];
  const path = beyondUser(soil, random.pick(TYPES)) ?? known(soil, paths) ?? "@user.id";
  const literals = ["null", "null", "null", "'a'", "1", "true", "'Beta'"];
  const texts = [
    `${path} ${random.pick(["=", "!="])} ${random.pick(literals)}`,
    `@user.${random.pick(["role", "roles"])} ${random.pick(["=", "!="])} ${random.pick(["'user'", "'editor'"])}`,
    `@user.permissions = '${random.pick(["desk.open", "cards.publish", "cards.view"])}'`,
    `@user.size ${random.pick(["<", ">=", "="])} ${random.pick(NUMBERS)}`,
    `length(@user.tags) ${random.pick(["=", ">", "!="])} ${random.below(4)}`,
    "@user.at < @now",
    "@user.tags = @user.title",
  ];
  return known(soil, texts) ?? "@user.id != null";
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
  return `${whole} ${op} ${known(soil, ["@user.id", "@user.id", "@user.one0", "@user.many0", "null", `'${id(2)}'`, "id", `'${id(1001)}'`])}`;
}

function aboutPlace(soil: Soil): string | undefined {
  const { random } = soil;
  const path = randomPath(soil, (field) => field.type === "geo");
  if (path === undefined) return undefined;
  const from = known(soil, ["48.8, 2.3", "0, 179.9", "89.9, -60", "@user.place.lat, @user.place.lng"]);
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
