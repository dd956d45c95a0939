import assert from "node:assert/strict";
import { createRandom, type Random } from "../core/rules/random.ts";
import { inWorld, type World } from "../support/accounts.ts";
import { connectTo, type Message, type TestClient } from "../support/realtime.ts";

/** Rounds of one case, changes of one round, and subscriptions. */
const ROUNDS = 12;
const CHANGES = 4;
const FOLLOWERS = 6;

const ROLES = ["user", "editor", "chief", "admin"];
const NAMES = ["a", "b", "c"];
const RULES = [
  "public",
  "authenticated",
  "admin",
  "level <= @user.level",
  "level != 1 && name != @user.nick",
  "owner = @user.id || name = 'a'",
  "@user.role = 'editor' || level = 0",
  "permission:papers.see",
  "name = @user.home.name",
  "level < 2",
];
const GRANTS = [true, "level = 1", "owner = @user.id", "name = @user.home.name"];
const FILTERS = [undefined, undefined, "level != 2", "name != @user.nick", "level <= @user.level || name = 'b'"];
const PAY_RULES = ["@user.role = 'editor'", "owner = @user.id", "level > 0", "permission:papers.pay"];

/** What came of all cases so far. */
export interface Tally {
  compared: number;
  events: number;
  /** How often somebody was told to read anew, by reason. */
  readonly resets: Record<string, number>;
}

/** Somebody's copy of what they may see, kept by what they are told. */
interface Follower {
  readonly who: string | null;
  readonly filter: string | undefined;
  client: TestClient | null;
  /** The records by id; null if it is to be read anew. */
  copy: Map<string, Row> | null;
  cursor: string | null;
}

type Row = { readonly id: string; readonly version: number };

/**
 * Plays one case: records, accounts, roles, what these grant, rules and fields change in any order, while clients come and go.
 * Whenever nothing is under way, the copy of each is what a request shows them.
 * @throws AssertionError with the story of the case
 */
export async function playReplica(seed: number, tally: Tally): Promise<void> {
  const random = createRandom(seed);
  const story: string[] = [];
  const events = { durable: seed % 3 !== 0 };
  const papers = papersWith(random);
  const homes = { name: "homes", fields: [{ name: "name", type: "text" }] };
  const users = {
    name: "users",
    kind: "auth",
    fields: [
      { name: "level", type: "integer" },
      { name: "nick", type: "text" },
      { name: "home", type: "relation", collection: "homes" },
    ],
  };
  const play = inWorld({ collections: [homes, users, papers], events }, async (world) => {
    const scene = await open(world, random, story);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const one of scene.followers) if (one.client !== null || random.chance(0.5)) await come(scene, one);
      const changes = Array.from({ length: 1 + random.below(CHANGES) }, () => change(scene));
      for (const one of changes) await one();
      for (const one of scene.followers) if (random.chance(0.2)) go(one);
      for (const one of scene.followers) await agree(scene, one, tally);
    }
  });
  try {
    await play();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new Error([`SEED=${seed} CASES=1`, text, `events.durable ${events.durable}`, ...story].join("\n"));
  }
}

interface Scene {
  readonly world: World;
  readonly random: Random;
  readonly story: string[];
  readonly root: string;
  readonly people: readonly { readonly id: string; readonly email: string; readonly token: string }[];
  readonly homes: readonly string[];
  readonly papers: Set<string>;
  readonly followers: readonly Follower[];
}

async function open(world: World, random: Random, story: string[]): Promise<Scene> {
  const { token: root } = await world.signUp("root@example.com", "admin");
  const people = [await world.signUp("ann@example.com"), await world.signUp("bob@example.com")];
  const homes: string[] = [];
  for (const name of NAMES) homes.push((await world.ok("POST", "/api/homes", { token: root, body: { name } })).id);
  for (const { id } of people) {
    const body = { level: random.below(4), nick: random.pick(NAMES), home: random.pick(homes) };
    await world.ok("PATCH", `/api/users/${id}`, { token: root, body });
  }
  const followers = Array.from({ length: FOLLOWERS }, (_, index): Follower => {
    const who = [people[0]?.token, people[1]?.token, null][index % 3] ?? null;
    const filter = who === null ? random.pick([undefined, "level != 2"]) : random.pick(FILTERS);
    return { who, filter, client: null, copy: null, cursor: null };
  });
  return { world, random, story, root, people, homes, papers: new Set(), followers };
}

/** One change, of whatever it may be. */
function change({ world, random, story, root, people, homes, papers }: Scene): () => Promise<unknown> {
  const body = (data: object) => ({ token: root, body: data });
  const say = (text: string): unknown => story.push(text);
  const paper = () => ({
    name: random.pick(NAMES),
    level: random.below(4),
    pay: random.below(9),
    owner: random.chance(0.5) ? random.pick(people).id : null,
  });
  const one = random.pick(people);
  const id = papers.size > 0 ? random.pick([...papers]) : null;
  switch (random.below(id === null ? 1 : 12)) {
    case 0:
    case 1:
      return async () => {
        const data = paper();
        const made = await world.ok("POST", "/api/papers", body(data));
        papers.add(made.id);
        say(`create ${made.id} ${JSON.stringify(data)}`);
      };
    case 2:
    case 3:
    case 4:
      return async () => {
        const data = paper();
        say(`update ${id} ${JSON.stringify(data)}`);
        if (id !== null && papers.has(id)) await world.ok("PATCH", `/api/papers/${id}`, body(data));
      };
    case 5:
      return async () => {
        say(`delete ${id}`);
        if (id !== null && papers.delete(id)) await world.ok("DELETE", `/api/papers/${id}`, { token: root });
      };
    case 6:
    case 7: {
      const data = random.pick<object>([
        { level: random.below(4) },
        { nick: random.pick(NAMES) },
        { home: random.pick(homes) },
      ]);
      return async () => {
        say(`${one.email} ${JSON.stringify(data)}`);
        await world.ok("PATCH", `/api/users/${one.id}`, body(data));
      };
    }
    case 8: {
      const role = random.pick(ROLES);
      return async () => {
        say(`${one.email} is ${role}`);
        await world.ok("PATCH", `/api/users/${one.id}`, body({ role }));
      };
    }
    case 9: {
      const [role, when, pay] = [random.pick(["user", "editor", "chief"]), random.pick(GRANTS), random.pick(GRANTS)];
      const permissions = random.chance(0.5) ? { "papers.see": when } : { "papers.see": when, "papers.pay": pay };
      return async () => {
        say(`${role} ${JSON.stringify(permissions)}`);
        await world.ok("PUT", `/api/admin/roles/${role}`, body({ permissions }));
      };
    }
    case 10: {
      const [home, name] = [random.pick(homes), random.pick(NAMES)];
      return async () => {
        say(`home ${home} ${name}`);
        await world.ok("PATCH", `/api/homes/${home}`, body({ name }));
      };
    }
    default: {
      const definition = papersWith(random);
      return async () => {
        say(`papers ${JSON.stringify(definition)}`);
        await world.ok("PUT", "/api/admin/collections/papers", body(definition));
      };
    }
  }
}

function papersWith(random: Random) {
  return {
    name: "papers",
    fields: [
      { name: "name", type: "text" },
      { name: "level", type: "integer" },
      { name: "owner", type: "relation", collection: "users" },
      { name: "pay", type: "integer", permissions: { view: random.pick(PAY_RULES) } },
    ],
    permissions: { read: random.pick(RULES) },
  };
}

/** Connects and subscribes, from where it was on if it still has a copy. */
async function come(scene: Scene, one: Follower): Promise<void> {
  if (one.client !== null && one.copy !== null) return;
  one.client ??= await connectTo(scene.world.app, one.who ?? undefined);
  const since = one.copy === null || one.cursor === null ? {} : { since: one.cursor };
  const wish = one.filter === undefined ? {} : { filter: one.filter };
  const said = { action: "subscribe", id: "s", channel: "papers.*", ...wish, ...since };
  const answers = await one.client.say(said);
  if (answers.some(({ type }) => type === "subscribed") && one.copy === null) one.copy = await read(scene, one);
  for (const message of answers) apply(one, message, null);
  if (answers.some(({ type }) => type === "reset")) await come(scene, one);
}

function go(one: Follower): void {
  one.client?.leave();
  one.client = null;
}

/** What a request shows; null if it is refused. */
async function read({ world }: Scene, { who, filter }: Follower): Promise<Map<string, Row> | null> {
  const query = filter === undefined ? "" : `&filter=${encodeURIComponent(filter)}`;
  const { status, body } = await world.call("GET", `/api/papers?limit=200${query}`, who === null ? {} : { token: who });
  if (status === 401 || status === 403) return null;
  assert.equal(status, 200);
  return new Map((body.items as readonly Row[]).map((row) => [row.id, row]));
}

function apply(one: Follower, message: Message, tally: Tally | null): void {
  if ("cursor" in message && message.type !== "connected") one.cursor = message.cursor;
  switch (message.type) {
    case "event": {
      const { type, payload } = message.event;
      const known = one.copy?.get(payload.id);
      if (tally) tally.events += 1;
      if (type === "papers.deleted") one.copy?.delete(payload.id);
      else if (known === undefined || known.version <= payload.version) one.copy?.set(payload.id, payload);
      break;
    }
    case "leave":
      one.copy?.delete(message.record.id);
      break;
    case "reset":
      one.copy = null;
      one.cursor = null;
      if (tally) tally.resets[message.reason] = (tally.resets[message.reason] ?? 0) + 1;
      break;
    case "error":
      assert.match(message.code, /^(forbidden|unauthenticated)$/);
      one.copy = null;
      one.cursor = null;
      break;
    default:
  }
}

/** Hears what there is, and holds the copy against what a request shows. */
async function agree(scene: Scene, one: Follower, tally: Tally): Promise<void> {
  if (one.client === null) return;
  for (const message of await one.client.take()) apply(one, message, tally);
  const shown = await read(scene, one);
  if (one.copy === null) return;
  const sorted = (rows: Map<string, Row> | null): unknown =>
    rows && [...rows.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const about = `${scene.people.find(({ token }) => token === one.who)?.email ?? "guest"}, ${one.filter ?? "no filter"}`;
  assert.deepEqual(sorted(one.copy), sorted(shown), about);
  tally.compared += 1;
}
