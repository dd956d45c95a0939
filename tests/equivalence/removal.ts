import { systemPrincipal } from "../../src/core/principal.ts";
import { createRandom, type Random } from "../core/rules/random.ts";
import { inWorld, PASSWORD, type World } from "../support/accounts.ts";
import { connectTo, type Message, type TestClient } from "../support/realtime.ts";
import { type Project, randomCondition, randomProject, randomRecords } from "./random-project.ts";
import { id } from "./random-value.ts";
import { compare, type Filters, type Shown } from "./told.ts";
import { type Agree, type Counts, canonical, judge, Mismatch } from "./verdicts.ts";
import type { Row } from "./world.ts";

/** Accounts by number: an admin, those who listen, and so many in all, of whom the others may be deleted. */
const [ADMIN, LISTENERS, ACCOUNTS] = [0, [1, 2, 3], 6];
/** Deletions in one case. */
const ROUNDS = 4;
/** What all ids begin with: left out of what is printed. */
const ID_HEAD = id(0).slice(0, 24);

/** What came of all cases so far. */
export interface Tally {
  /** Answers compared. */
  readonly compared: Counts;
  /** Messages that somebody got. */
  told: number;
  /** Changes that one deletion was made of, at most. */
  most: number;
}

/**
 * Plays one case: random collections, rules and records, and a few deletions. Whoever listens, or comes back afterwards, must be
 * told of exactly what went that a request had shown them before, and of what a request does not show them any more. With
 * `homes`, rules lead through `@user.home`, so that a deletion may change what somebody may do, and end their subscriptions.
 * @throws Error with the case in it, for the first that is not so
 */
export async function playRemoval(seed: number, homes: boolean, tally: Tally): Promise<void> {
  const random = createRandom(seed);
  const project = randomProject(random, homes);
  const durable = seed % 3 !== 0;
  const story: string[] = [];
  const play = inWorld({ collections: definitionsOf(project), events: { durable } }, async (world) => {
    await fill(world, project, random);
    const tokens = await Promise.all(
      [ADMIN, ...LISTENERS].map(async (n) => (await world.login(`${n}@users.io`)).token),
    );
    const [root = "", ...people] = tokens;
    const visit = { world, project, random, root, people: [undefined, ...people], story, agree: judge(tally.compared) };
    for (let n = 0; n < ROUNDS; n++) await playRound(visit, tally);
  });
  try {
    await play();
  } catch (error) {
    const text = error instanceof Error ? (error instanceof Mismatch ? error.message : error.stack) : String(error);
    const lines = [`SEED=${seed} CASES=1`, text, `events.durable ${durable}`, ...describe(project), ...story];
    throw new Error(lines.join("\n").replaceAll(ID_HEAD, "#"));
  }
}

interface Visit {
  readonly world: World;
  readonly project: Project;
  readonly random: Random;
  /** The admin's token. */
  readonly root: string;
  /** The tokens of those who listen; a guest has none. */
  readonly people: readonly (string | undefined)[];
  /** What has happened. */
  readonly story: string[];
  readonly agree: Agree;
}

/** Somebody who listens. */
interface Listener {
  readonly name: string;
  readonly token: string | undefined;
  readonly filters: Filters;
  readonly before: Shown;
  readonly client: TestClient;
  /** What has been said. */
  readonly heard: readonly Message[];
}

/** Deletes something while others listen, and compares what they are told. */
async function playRound(visit: Visit, tally: Tally): Promise<void> {
  const { world, project, random, root, people, story, agree } = visit;
  const target = random.pick(project.collections).name;
  const victims = [...(await shownTo(visit, root, new Map())).keys()].filter(
    (key) => key.startsWith(`${target}/`) && !isNeeded(key),
  );
  if (victims.length === 0) return;
  const listeners: Listener[] = [];
  for (const [n, token] of people.entries()) listeners.push(await begin(visit, n, token));
  const all = await connectTo(world.app, root);
  const since = await all.subscribe("now", "users.*");
  await world.app.heard();

  // on the first of all hang the most
  const victim = random.pick(random.chance(0.3) ? [...victims].sort().slice(0, 1) : victims);
  await world.ok("DELETE", `/api/${victim}`, { token: root });
  const heard = await world.app.heard();
  tally.most = Math.max(tally.most, heard.length);
  story.push(`DELETE ${victim}`, ...heard.map(({ event }) => `  ${event.type} ${canonical(event.payload)}`));

  // all come back at once
  const late = await Promise.all(
    listeners.map(async ({ token, filters }) => {
      const again = await connectTo(world.app, token);
      const messages = await listen(again, project, filters, since);
      again.leave();
      return messages;
    }),
  );
  for (const [n, { name, token, filters, before, client, heard: first }] of listeners.entries()) {
    const isChanged = heard.some(
      ({ event }) => event.type === "users.updated" && (event.payload as Row).id === id(LISTENERS[n - 1] ?? ADMIN),
    );
    const mayEnd = project.home !== null || isChanged;
    const telling = { project, filters, heard, before, after: await shownTo(visit, token, filters), mayEnd };
    tally.told += compare({ ...telling, messages: [...first, ...(await client.take())] }, `live ${name}`, agree);
    tally.told += compare({ ...telling, messages: late[n] ?? [] }, `since ${name}`, agree);
    client.leave();
  }
  all.leave();
}

/** Whether it is one of the accounts that take part. */
const isNeeded = (key: string): boolean => [ADMIN, ...LISTENERS].some((n) => key === `users/${id(n)}`);

async function begin(visit: Visit, n: number, token: string | undefined): Promise<Listener> {
  const { world, project, random } = visit;
  const filters = randomFilters(random, project);
  const before = await shownTo(visit, token, filters);
  const client = await connectTo(world.app, token);
  const heard = await listen(client, project, filters);
  return { name: n === 0 ? "guest" : `user ${LISTENERS[n - 1]}`, token, filters, before, client, heard };
}

function randomFilters(random: Random, { collections }: Project): Filters {
  const some = collections.filter(({ name }) => name !== "users" && random.chance(0.2));
  // only rules may follow the relations of the caller
  return new Map(some.map((one) => [one.name, randomCondition(random, { collections, home: null }, one)]));
}

async function shownTo({ world, project }: Visit, token: string | undefined, filters: Filters): Promise<Shown> {
  const rows = new Map<string, Row>();
  for (const { name } of project.collections) {
    const filter = filters.get(name);
    const query = new URLSearchParams({ limit: "200", ...(filter === undefined ? {} : { filter }) });
    const { status, body, text } = await world.call("GET", `/api/${name}?${query}`, { token });
    if (status !== 200 && ![400, 401, 403].includes(status)) throw new Error(`${name}?${query} answered ${text}`);
    for (const row of status === 200 ? body.items : []) rows.set(`${name}/${row.id}`, row);
  }
  return rows;
}

/** Subscribes to every collection, under its name; returns what is answered. */
async function listen(
  client: TestClient,
  { collections }: Project,
  filters: Filters,
  since?: string,
): Promise<readonly Message[]> {
  const messages: Message[] = [];
  for (const { name: id } of collections)
    messages.push(
      ...(await client.say({ action: "subscribe", id, channel: `${id}.*`, filter: filters.get(id), since })),
    );
  return messages;
}

function definitionsOf({ collections }: Project): readonly object[] {
  return collections.map(({ name, fields, read }) => ({
    name,
    kind: name === "users" ? "auth" : "base",
    fields: fields.map(({ target: _, ...field }) => field),
    permissions: { read },
  }));
}

/** Records first, then what points from one to another. */
async function fill(world: World, project: Project, random: Random): Promise<void> {
  const access = world.app.app.as(systemPrincipal("test"));
  const records = randomRecords(random, project, ACCOUNTS);
  const links: { op: "update"; collection: string; id: string; data: object }[] = [];
  for (const { name: collection, fields } of project.collections) {
    const isLink = (key: string): boolean => fields.some(({ name, target }) => name === key && target);
    const bodies = (records.get(collection) ?? []).map((row, n) => {
      const linked = Object.entries(row).filter(([key]) => isLink(key));
      links.push({ op: "update", collection, id: row.id, data: Object.fromEntries(linked) });
      const plain = Object.fromEntries(Object.entries(row).filter(([key]) => !isLink(key)));
      const role = n === ADMIN ? "admin" : "user";
      return collection === "users" ? { ...plain, role, email: `${n}@users.io`, password: PASSWORD } : plain;
    });
    await access.records(collection).createMany(bodies);
  }
  await access.batch(links);
}

/** Every collection in a line: its rule, and what its relations do. */
function describe({ collections }: Project): readonly string[] {
  return collections.map(({ name, fields, read }) => {
    const links = fields.flatMap((field) =>
      field.target ? [`${field.name}${field.many ? "[]" : ""} -> ${field.target} ${field.onDelete}`] : [],
    );
    return `${name}: ${read} { ${links.join(", ")} }`;
  });
}
