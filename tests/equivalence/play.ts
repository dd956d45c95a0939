import { systemPrincipal } from "../../src/core/principal.ts";
import { createRandom } from "../core/rules/random.ts";
import { countingHasher, PASSWORD } from "../support/accounts.ts";
import { openApp, type TestApp } from "../support/app.ts";
import { insertFiles } from "../support/files.ts";
import { openDoors } from "./doors.ts";
import { readFiles } from "./files.ts";
import { type Definition, isDeclared, randomCaller, randomWorld } from "./random-case.ts";
import { FILES, NOW } from "./random-value.ts";
import { readAll, readSelf, type Visit } from "./reading.ts";
import { readWorld } from "./stored.ts";
import { type Counts, judge, Mismatch } from "./verdicts.ts";
import { type Caller, type Collection, rowsOf, type World } from "./world.ts";
import { isGone, writeAll } from "./writing.ts";

/** What all ids begin with: left out of what is printed. */
const ID_HEAD = "01900000-0000-7000-8000-000000";

/**
 * Plays one case: random collections, rules and rows, and one caller who tries every door.
 * @throws Error with the case in it, for the first answer that is not what the interpreter says
 */
export async function play(seed: number, counts: Counts): Promise<void> {
  const random = createRandom(seed);
  const drafted = randomWorld(random);
  // what the app makes up is the same each time, too
  const ids = createRandom(seed + 1);
  const app = await openApp({
    accounts: true,
    collections: definitionsOf(drafted),
    clock: () => Date.parse(NOW),
    passwords: countingHasher(),
    random(bytes) {
      bytes.set(bytes.map(() => ids.below(256)));
      return bytes;
    },
  });
  let world = drafted;
  let focus = "";
  let caller: Caller = { user: null, scopes: null, now: NOW, world };
  try {
    for (const { name, ...role } of drafted.roles) await app.app.collections.schema.defineRole(name, role);
    await fill(app, drafted);
    world = await readWorld(app, drafted);
    caller = randomCaller(random, world);
    const doors = await openDoors(app, caller);
    let fresh = 500_000;
    const some = (): Collection => {
      const collection = random.pick([...world.collections.values()]);
      focus = collection.name;
      return collection;
    };
    let visit: Visit = { random, app, doors, world, caller, agree: judge(counts), newNumber: () => ++fresh };
    await readSelf(visit);
    // what the login, and the first use of a key, leave behind is no change by what follows
    await app.app.idle();
    while ((await app.sql(`SELECT 1 FROM "_keys" WHERE "lastUsedAt" IS NULL`)).length > 0)
      await new Promise(setImmediate);
    await readAll(visit, some());
    await readFiles(visit);
    visit = await writeAll(visit, some());
    ({ world, caller } = visit);
    if (isGone(visit)) visit.agree("me, when gone", (await doors.me()).code, "unauthenticated");
    else {
      await readAll(visit, some());
      await readFiles(visit);
    }
  } catch (error) {
    const kind = error instanceof Mismatch ? "" : "a fault: ";
    const text = error instanceof Error ? (error instanceof Mismatch ? error.message : error.stack) : String(error);
    const story = `SEED=${seed} CASES=1\n${kind}${text}\n${describe(world, caller, focus)}`;
    throw new Error(story.replaceAll(ID_HEAD, "#"));
  } finally {
    await app.close();
  }
}

function definitionsOf({ collections }: World): readonly unknown[] {
  return Array.from(collections.values(), (one) => {
    const { kind, fields, name, permissions } = one as Definition;
    const declared = fields.filter(isDeclared).map(({ target: _, ...field }) => field);
    return { name, kind, permissions, fields: declared };
  });
}

/** Rows first, then what points from one to another. */
async function fill(app: TestApp, world: World): Promise<void> {
  await insertFiles(app, FILES);
  const access = app.app.as(systemPrincipal("test"));
  const links: { op: "update"; collection: string; id: string; data: object }[] = [];
  for (const { name, fields } of world.collections.values()) {
    const bodies = rowsOf(world, name).map((row) => {
      const plain = Object.entries(row).filter(([key]) => !fields.some((field) => field.name === key && field.target));
      const linked = Object.entries(row).filter(([key]) => fields.some((field) => field.name === key && field.target));
      if (linked.length > 0)
        links.push({ op: "update", collection: name, id: row.id, data: Object.fromEntries(linked) });
      return { ...Object.fromEntries(plain), ...(name === "users" ? { password: PASSWORD } : {}) };
    });
    await access.records(name).createMany(bodies);
  }
  if (links.length > 0) await access.batch(links);
}

/**
 * The caller, every definition, and the rows of the collection in question as they were when it was last visited,
 * without what is empty; of the ids only what differs.
 */
function describe(world: World, { user, scopes }: Caller, focus: string): string {
  const lines = [`caller: ${brief(user)}${scopes ? ` with a key for ${scopes.join(", ")}` : ""}`];
  for (const { name, ...role } of world.roles) lines.push(`role ${name} ${brief(role)}`);
  for (const { name, fields, permissions } of world.collections.values()) {
    const shown = fields.map(({ name: field, type, ...rest }) => {
      const { options: _, target, collection: __, ...said } = rest as Record<string, unknown>;
      const more = Object.keys(said).length > 0 ? ` ${brief(said)}` : "";
      return `${field}: ${target ?? type}${more}`;
    });
    lines.push(`${name} ${brief(permissions)}`, `  { ${shown.join(", ")} }`);
    for (const row of name === focus ? rowsOf(world, name) : []) lines.push(`  - ${brief(row)}`);
  }
  return lines.join("\n");
}

function brief(value: unknown): string {
  const text = JSON.stringify(value, (_, one: unknown) => (one === null || isEmpty(one) ? undefined : one));
  return text ?? "nobody";
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
