import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FIELD_TYPES } from "../../../src/core/collections/index.ts";
import { openWorld, type World } from "../../support/accounts.ts";
import { createRandom, type Random, seedFromEnvironment } from "../rules/random.ts";

const ROUNDS = 700;
const STATUSES = new Set([200, 201, 204, 400, 404, 405, 409]);
const GOOD = ["posts", "tags", "notes", "order", "select", "rowid", "group", "users", "staff"];
// biome-ignore format: a list of names
const BAD = ["Posts", "sqlite_x", "json_each", "admin", "id", "createdAt", "expand", "true", "in", "__proto__", "", "a b", "p".repeat(63), "p".repeat(64), "posts:tags", "passwordHash"];
const FIELDS = ["title", "author", "email", "order", "rowid", "rank", "constructor"];
const SOUND = ["public", "authenticated", "admin", "role:editor", "permission:posts.read", "id = @user.id"];
// biome-ignore format: a list of rules
const UNSOUND = ["owner", "title = 'x'", "tags_via_posts.title = 'a'", "author = @user.id", "@user.team.name = 'x'", "a b", "", "'", "title =", "x.y.z = 1", "!(title = null) || @now > createdAt"];
const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  1,
  -1,
  1e308,
  "",
  "x",
  "@now",
  "@user.id",
  [],
  ["a"],
  {},
  "2026-01-01",
  "a@b.co",
  "draft",
];

const nameOf = (random: Random): string => random.pick(random.chance(0.93) ? GOOD : BAD);
const fieldOf = (random: Random): string => random.pick(random.chance(0.96) ? FIELDS : BAD);
const ruleOf = (random: Random): string => random.pick(random.chance(0.85) ? SOUND : UNSOUND);

const pickKeys = (random: Random, all: Readonly<Record<string, () => unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(all)
      .filter(() => random.chance(0.04))
      .map(([key, make]) => [key, make()]),
  );

function randomField(random: Random): object {
  const value = () => random.pick(VALUES);
  const type = random.chance(0.99) ? random.pick(FIELD_TYPES) : "nothing";
  const needs = {
    select: { options: random.chance(0.9) ? ["draft", "a"] : value() },
    relation: { collection: nameOf(random) },
  };
  return {
    name: fieldOf(random),
    type,
    ...(needs[type as keyof typeof needs] ?? {}),
    ...pickKeys(random, {
      required: () => random.chance(0.8) || value(),
      nullable: () => random.chance(0.5),
      unique: () => random.chance(0.8) || value(),
      hidden: () => true,
      immutable: () => true,
      many: () => true,
      searchable: () => true,
      default: value,
      min: value,
      max: value,
      pattern: () => random.pick(["^a", "(", ""]),
      onDelete: () => random.pick(["cascade", "restrict", "setNull", "x"]),
      renamedFrom: () => fieldOf(random),
      permissions: () => ({ view: ruleOf(random), write: ruleOf(random) }),
      colour: value,
    }),
  };
}

function randomDefinition(random: Random): unknown {
  if (random.chance(0.03)) return random.pick(VALUES);
  const rules = ["list", "view", "read", "create", "update", "delete"].filter(() => random.chance(0.3));
  return {
    fields: random.several(4, () => randomField(random)),
    ...(random.chance(0.5) ? { permissions: Object.fromEntries(rules.map((rule) => [rule, ruleOf(random)])) } : {}),
    ...pickKeys(random, {
      name: () => nameOf(random),
      kind: () => random.pick(["base", "auth", "view", "x"]),
      indexes: () => [{ fields: random.several(2, () => fieldOf(random)), unique: random.chance(0.3) }],
      owner: () => fieldOf(random),
      renamedFrom: () => nameOf(random),
      query: () =>
        random.pick(["SELECT id FROM posts", "SELECT 1", "DROP TABLE users", "SELECT id, title FROM posts; --"]),
    }),
  };
}

function randomRole(random: Random): unknown {
  if (random.chance(0.05)) return random.pick(VALUES);
  const granted = random.several(3, () => `${nameOf(random)}.${random.pick(["view", "list", "update", "x"])}`);
  return {
    includes: random.several(2, () => random.pick(["editor", "writer", "admin", "nobody"])),
    permissions: Object.fromEntries(granted.map((name) => [name, random.chance(0.4) || ruleOf(random)])),
  };
}

/** Some records, so that there is something to lose. */
async function fill(world: World, token: string, random: Random): Promise<void> {
  for (const name of ["posts", "tags", "notes"]) {
    const values = { title: random.pick(["a", "b"]), ...(random.chance(0.5) ? { order: "x" } : {}) };
    await world.call("POST", `/api/${name}`, { token, body: random.chance(0.5) ? values : {} });
  }
}

test("whatever is asked of the admin API, it answers with sense, and the next start finds all as it was", async () => {
  const seed = seedFromEnvironment();
  const random = createRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), "bakend-fuzz-"));
  const options = { path: join(folder, "test.db") };
  const seen: Record<number, number> = {};
  let request = "";
  try {
    const world = await openWorld(options);
    let { token } = await world.signUp("root@example.com", "admin");
    for (let round = 0; round < ROUNDS; round += 1) {
      if (round % 20 === 0) await fill(world, token, random);
      const name = encodeURIComponent(nameOf(random));
      const query = [
        ...(random.chance(0.2) ? ["dryRun=true"] : []),
        ...(random.chance(0.5) ? ["allowDataLoss=true"] : []),
      ];
      const where = `/api/admin/collections/${name}${query.length > 0 ? `?${query.join("&")}` : ""}`;
      const [method, path, body] = random.pick([
        () => ["PUT", where, randomDefinition(random)] as const,
        () => ["PUT", where, randomDefinition(random)] as const,
        () => ["PATCH", where, randomDefinition(random)] as const,
        () =>
          ["POST", "/api/admin/collections", { name: nameOf(random), ...Object(randomDefinition(random)) }] as const,
        () => ["DELETE", where, undefined] as const,
        () => ["PUT", `/api/admin/roles/${random.pick(["editor", "writer", "x y"])}`, randomRole(random)] as const,
        () => ["DELETE", "/api/admin/roles/editor", undefined] as const,
        () => ["GET", "/api/admin/collections", undefined] as const,
        () => ["GET", `/api/admin/users?filter=${encodeURIComponent(ruleOf(random))}`, undefined] as const,
      ])();
      request = `SEED=${seed} round ${round}: ${method} ${path} ${JSON.stringify(body)}`;
      const answer = await world.call(method, path, { token, body });
      assert.ok(STATUSES.has(answer.status), `${request}\n${answer.status} ${answer.text}`);
      seen[answer.status] = (seen[answer.status] ?? 0) + 1;
      // the admin is still there, and so are their rights
      const me = await world.call("GET", "/api/auth/me", { token });
      if (me.status === 401) token = (await world.login("root@example.com")).token;
    }
    assert.ok((seen[200] ?? 0) > 50 && (seen[201] ?? 0) > 10 && (seen[400] ?? 0) > 50, JSON.stringify(seen));
    const before = await world.ok("GET", "/api/admin/collections", { token });
    await world.app.close();

    const again = await openWorld(options);
    const admin = await again.login("root@example.com");
    assert.deepEqual(await again.ok("GET", "/api/admin/collections", admin), before);
    for (const { name } of before.items) {
      const listed = await again.call("GET", `/api/${name}`, admin);
      assert.equal(listed.status, 200, `SEED=${seed} ${name}: ${listed.text}`);
    }
    await again.app.close();
  } catch (error) {
    console.error(request);
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
