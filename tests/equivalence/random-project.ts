import type { Random } from "../core/rules/random.ts";
import { type FieldDefinition, id } from "./random-value.ts";
import type { Row } from "./world.ts";

/** A collection, and who may read its records. */
export interface Drawn {
  readonly name: string;
  readonly fields: readonly FieldDefinition[];
  readonly read: string;
}

/** Collections whose records hang on each other and on accounts, with rules that lead along. The accounts come first. */
export interface Project {
  readonly collections: readonly Drawn[];
  /** Where each `users` has a home, which rules may ask for; null where they know of the caller no more than the id. */
  readonly home: string | null;
}

/** What other tables are called, and columns of them, that judging makes up. */
const NAMES = ["cards", "position", "select_", "links"];
const VALUES: readonly FieldDefinition[] = [
  { name: "title", type: "text" },
  { name: "num", type: "number" },
  { name: "value", type: "boolean" },
  { name: "source", type: "json" },
  { name: "key", type: "datetime" },
];
const SECRET: FieldDefinition = { name: "secret", type: "text", hidden: true };
const LINKS = ["parent", "target", "source2"];

/** What may be stored in a field, by its name. */
const STORED: Readonly<Record<string, readonly unknown[]>> = {
  title: ["a", "b"],
  num: [1, 2.5, 0.1 + 0.2, 0],
  value: [true, false, null],
  source: [{ x: "a" }, { x: 1 }, ["q"], null],
  key: ["2026-01-01T00:00:00.000Z", null],
  secret: ["a", "b"],
};

/** What the end of a path is compared with. */
const COMPARED: Readonly<Record<string, readonly string[]>> = {
  id: ["@user.id"],
  title: ["'a'", "'b'"],
  num: ["1", "2.5", "0.30000000000000004", "-0"],
  value: ["true", "false"],
  "source.x": ["'a'", "1"],
  key: ["'2026-01-01T00:00:00.000Z'"],
  secret: ["'a'", "'b'"],
  email: ["'1@users.io'"],
  role: ["'user'"],
};

/** Makes up collections and their rules; with `homes`, rules that ask for records which the caller's own leads to. */
export function randomProject(random: Random, homes: boolean): Project {
  const names = NAMES.slice(0, 2 + random.below(3));
  const home = homes ? random.pick(names) : null;
  const bare = names.map((name) => ({ name, fields: randomFields(random, names) }));
  const users = { name: "users", fields: fieldsOfUsers(home), read: "id = @user.id" };
  const project: Project = { home, collections: [users, ...bare.map((one) => ({ ...one, read: "" }))] };
  const collections = project.collections.map((one) =>
    one.read === "" ? { ...one, read: randomRead(random, project, one) } : one,
  );
  return { home, collections };
}

function randomFields(random: Random, names: readonly string[]): readonly FieldDefinition[] {
  const links = LINKS.slice(0, 1 + random.below(3)).map((name) => {
    const target = random.chance(0.25) ? "users" : random.pick(names);
    return link(name, target, random.chance(0.35), random.chance(0.7) ? "cascade" : "setNull");
  });
  return [...VALUES, ...(random.chance(0.15) ? [SECRET] : []), ...links];
}

function fieldsOfUsers(home: string | null): readonly FieldDefinition[] {
  const [title] = VALUES.filter(({ name }) => name === "title");
  const links = [
    link("pals", "users", true, "setNull"),
    ...(home === null ? [] : [link("home", home, false, "setNull")]),
  ];
  return [...(title ? [title] : []), ...links];
}

function link(name: string, target: string, many: boolean, onDelete: string): FieldDefinition {
  return { name, type: "relation", collection: target, target, onDelete, ...(many ? { many } : {}) };
}

function randomRead(random: Random, project: Project, one: Drawn): string {
  if (random.chance(0.1)) return random.pick(["public", "authenticated"]);
  return randomCondition(random, project, one);
}

/** A condition on records of a collection, which may lead to any other. */
export function randomCondition(random: Random, project: Project, one: Drawn): string {
  const part = (): string => randomPart(random, project, one);
  switch (random.below(8)) {
    case 0:
    case 1:
      return `${part()} && ${part()}`;
    case 2:
    case 3:
      return `(${part()} || ${part()}) && @user.id != null`;
    case 4:
      return `!(${part()})`;
    default:
      return part();
  }
}

function randomPart(random: Random, project: Project, one: Drawn): string {
  const path = randomPath(random, project, one);
  const { text, lead, leaf, many } = path;
  if (project.home !== null && random.chance(0.3)) return aboutHome(random, path);
  const values = COMPARED[leaf] ?? [];
  const [equal, value] = [random.pick(["=", "=", "!="]), random.pick(values)];
  if (many && random.chance(0.3)) return `every(${text}) ${equal} ${value}`;
  if (many && random.chance(0.2)) return `length(${lead}) ${random.pick(["=", ">", "<"])} ${random.below(3)}`;
  if (random.chance(0.15)) return `${text} ${equal} null`;
  return `${text} ${equal} ${value}`;
}

function aboutHome(random: Random, { lead }: Path): string {
  const same = `${lead === "" ? "id" : `${lead}.id`} = @user.home`;
  return random.pick([
    "@user.home.title = 'a'",
    "@user.home.title != 'b'",
    "@user.home = null",
    "@user.home != null",
    same,
  ]);
}

/** A way from a collection on. */
interface Path {
  readonly text: string;
  /** Without its end; empty if the way leads nowhere else. */
  readonly lead: string;
  /** What is found there. */
  readonly leaf: string;
  readonly many: boolean;
}

function randomPath(random: Random, project: Project, start: Drawn): Path {
  const steps: Step[] = [];
  let at = start;
  for (let depth = random.pick([0, 1, 1, 1, 2, 2, 3]); depth > 0; depth--) {
    const step = random.pick(stepsFrom(project, at));
    steps.push(step);
    at = collectionOf(project, step.target);
  }
  const lead = steps.map(({ name }) => name).join(".");
  const many = steps.some((step) => step.many);
  const last = steps.at(-1);
  // a relation to accounts is a value, too
  if (last?.target === "users" && !last.back && random.chance(0.6)) return { text: lead, lead, leaf: "id", many };
  const leaf = random.pick(leavesOf(at));
  return { text: lead === "" ? leaf : `${lead}.${leaf}`, lead, leaf, many };
}

interface Step {
  readonly name: string;
  readonly target: string;
  readonly many: boolean;
  readonly back: boolean;
}

function stepsFrom({ collections }: Project, { name, fields }: Drawn): readonly Step[] {
  const on = fields.flatMap((field) =>
    field.target ? [{ name: field.name, target: field.target, many: field.many === true, back: false }] : [],
  );
  const back = collections.flatMap((other) =>
    other.fields
      .filter((field) => field.target === name)
      .map((field) => ({ name: `${other.name}_via_${field.name}`, target: other.name, many: true, back: true })),
  );
  return [...on, ...back];
}

function leavesOf({ name, fields }: Drawn): readonly string[] {
  if (name === "users") return ["id", "id", "email", "role", "title"];
  const values = fields
    .filter(({ target }) => !target)
    .map((field) => (field.name === "source" ? "source.x" : field.name));
  return ["id", "title", ...values];
}

function collectionOf({ collections }: Project, name: string): Drawn {
  const found = collections.find((one) => one.name === name);
  if (!found) throw new Error(`no collection ${name}`);
  return found;
}

/** A crowd of records: of one collection in some projects, most of which hang on the first of others. */
const CROWD = { chance: 0.1, least: 120, below: 60, first: 0.9 } as const;

/** Records of each collection; they point anywhere, in circles and at themselves too. So many accounts as are said. */
export function randomRecords(
  random: Random,
  { collections }: Project,
  accounts: number,
): ReadonlyMap<string, readonly Row[]> {
  const crowd = random.chance(CROWD.chance) ? random.pick(collections.slice(1)).name : null;
  const countOf = (name: string): number => {
    if (name === crowd) return CROWD.least + random.below(CROWD.below);
    return name === "users" ? accounts : 2 + random.below(9);
  };
  const ids = new Map(
    collections.map(({ name }, index) => {
      const count = countOf(name);
      return [name, Array.from({ length: count }, (_, n) => id(index * 1000 + n))];
    }),
  );
  const density = random.pick([0.3, 0.6, 0.9]);
  const linked = (from: string, target: string, many: boolean): unknown => {
    const there = ids.get(target) ?? [];
    const one = (): string => random.pick(from === crowd && random.chance(CROWD.first) ? there.slice(0, 1) : there);
    if (many) return [...new Set(random.several(density < 0.5 ? 1 : 2, one))];
    return random.chance(from === crowd ? CROWD.first : density) ? one() : null;
  };
  const stored = (from: string, { name, target, many }: FieldDefinition): unknown =>
    target ? linked(from, target, many === true) : random.pick(STORED[name] ?? []);
  return new Map(
    collections.map(({ name, fields }) => [
      name,
      (ids.get(name) ?? []).map((own) => ({
        id: own,
        ...Object.fromEntries(fields.map((field) => [field.name, stored(name, field)])),
      })),
    ]),
  );
}
