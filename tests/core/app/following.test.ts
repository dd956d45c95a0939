import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type EventsDeps, type Follower, followEvents, openKeptEvents } from "../../../src/core/app-events.ts";
import { openDatabase } from "../../../src/core/database/index.ts";
import { createEventBus, openDeliveryOffice } from "../../../src/core/events/index.ts";
import { createLogger } from "../../../src/core/logging/index.ts";
import { sqliteOnThisRuntime } from "../../conformance/connection-platform.ts";

/** Followers that note what they are brought. */
async function open(durable = true) {
  const { sqlite } = await sqliteOnThisRuntime();
  const db = await openDatabase(sqlite(":memory:", { durability: "normal", threads: false }), {});
  const time = { now: Date.parse("2026-01-01T00:00:00.000Z") };
  const timestamp = (): string => new Date(time.now).toISOString();
  const newId = (): string => crypto.randomUUID();
  const lines: string[] = [];
  const ticks = new Set<() => void>();
  const deps: EventsDeps = {
    ...{ db, newId, timestamp, now: () => time.now },
    events: createEventBus({ newId, timestamp, defer: queueMicrotask, onError: (error) => assert.fail(String(error)) }),
    logger: createLogger({
      level: "debug",
      sinks: [{ write: (entries) => void lines.push(...entries.map(({ message }) => message)) }],
    }),
    config: { durable, keep: 1e12, size: 1e12 },
    every(_, task) {
      ticks.add(task);
      return () => void ticks.delete(task);
    },
  };
  const kept = await openKeptEvents(deps);
  const told: string[] = [];
  const follower = (name: string, targets: readonly string[], more: Partial<Follower> = {}): Follower => ({
    ...{ name, listens: () => true, targets: () => targets },
    async deliver(target, event) {
      told.push(`${name} ${target} ${event.type}`);
    },
    ...more,
  });
  const post = async (type: string): Promise<void> => {
    const event = deps.events.prepare(type, { id: newId() }, "collections");
    await db.write([kept.log?.insert(event, {}) ?? assert.fail()]);
    deps.events.publish(event);
  };
  return {
    ...{ db, deps, kept, told, lines, follower, post, office: openDeliveryOffice(db) },
    follow: (...followers: readonly Follower[]) => followEvents(deps, kept, followers),
    tick(milliseconds: number): void {
      time.now += milliseconds;
      for (const one of [...ticks]) one();
    },
  };
}

/** A delivery that does not end before it is released. */
function hanging(): { readonly begun: string[]; release(): void; deliver(target: string): Promise<void> } {
  const begun: string[] = [];
  let release = (): void => undefined;
  const end = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    begun,
    release: () => release(),
    deliver(target) {
      begun.push(target);
      return end;
    },
  };
}

/** Waits until something is so. */
async function until(isSo: () => boolean): Promise<void> {
  for (let n = 0; n < 500 && !isSo(); n += 1) await new Promise((resolve) => setTimeout(resolve, 2));
  assert.ok(isSo(), "it never came to it");
}

describe("followers", () => {
  test("wait for none that stands apart and does not answer", async () => {
    const world = await open();
    const slow = hanging();
    const following = await world.follow(
      world.follower("function", ["f"], { targets: (type) => (type === "others.created" ? ["f"] : []) }),
      world.follower("webhook", ["w"], { apart: true, deliver: slow.deliver }),
    );
    for (let n = 0; n < 64; n += 1) await world.post("posts.created");
    await world.post("others.created");
    await until(() => world.told.length > 0);
    assert.deepEqual(world.told, ["function f others.created"]);
    slow.release();
    await following.idle();
    assert.equal(slow.begun.length, 65);
    await following.stop();
  });

  test("that stand apart have places of their own for each target", async () => {
    const world = await open();
    const slow = hanging();
    const following = await world.follow(
      world.follower("webhook", ["slow", "quick"], {
        apart: true,
        deliver: async (target) => (target === "slow" ? slow.deliver(target) : void world.told.push(target)),
      }),
    );
    for (let n = 0; n < 64; n += 1) await world.post("posts.created");
    await until(() => world.told.length === 64);
    assert.equal(slow.begun.length, 4);
    slow.release();
    await following.idle();
    assert.equal(slow.begun.length, 64);
    await following.stop();
  });

  test("that stand apart are read for while one of their targets takes long, and it gets all of it later", async () => {
    const world = await open();
    const slow: string[] = [];
    const waiting = new Set<() => void>();
    let answers = false;
    const following = await world.follow(
      world.follower("webhook", ["slow", "quick"], {
        apart: true,
        async deliver(target, event) {
          if (target === "quick" || answers) return void (target === "quick" ? world.told : slow).push(event.type);
          await new Promise<void>((resolve) => waiting.add(resolve));
          throw new Error("no answer");
        },
      }),
    );
    const giveUpWaiting = (): void => {
      world.tick(10_000);
      for (const one of waiting) one();
      waiting.clear();
    };
    const post = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n += 1) await world.post("posts.created");
    };
    await post(1500);
    await until(() => waiting.size === 4);
    giveUpWaiting();
    await until(() => world.told.length === 1500);
    await post(1500);
    await until(() => world.told.length === 3000);
    assert.equal(waiting.size, 0, "it rests");
    answers = true;
    for (let n = 0; n < 20 && slow.length < 3000; n += 1) {
      world.tick(5000);
      await following.idle();
    }
    assert.deepEqual([slow.length, world.told.length], [3000, 3000]);
    assert.deepEqual(await world.office.list("waiting", 10), []);
    await following.stop();
  });

  for (const apart of [true, false])
    test(`${apart ? "that stand apart " : ""}wait for none that does not keep up, nor does the place in the log`, async () => {
      const world = await open();
      const slow = hanging();
      const following = await world.follow(
        world.follower("any", ["slow", "quick"], {
          apart,
          deliver: async (target) => (target === "slow" ? slow.deliver(target) : void world.told.push(target)),
        }),
      );
      const post = async (count: number): Promise<void> => {
        for (let n = 0; n < count; n += 1) await world.post("posts.created");
      };
      await post(2500);
      await until(() => world.told.length >= 900);
      world.tick(3000);
      await until(() => world.told.length === 2500);
      world.tick(1000);
      await post(100);
      await until(() => world.told.length === 2600);
      const places = await world.db.read({
        sql: `SELECT "position" FROM "_consumers" WHERE "position" > 2400`,
        params: [],
      });
      assert.equal(places.rows.length, 1, "what is done is not done again after a crash");
      slow.release();
      for (let n = 0; n < 40 && slow.begun.length < 2600; n += 1) {
        await following.idle();
        world.tick(1000);
      }
      assert.equal(slow.begun.length, 2600);
      assert.deepEqual(await world.office.list("waiting", 10), []);
      assert.equal(world.told.length, 2600);
      await following.stop();
    });

  test("that keep up have nothing written for them a second time", async () => {
    const world = await open();
    const written: string[] = [];
    const write: typeof world.db.write = (statements) => {
      written.push(...statements.map(({ sql }) => sql).filter((sql) => sql.includes("_deliveries")));
      return world.db.write(statements);
    };
    let told = 0;
    const following = await followEvents({ ...world.deps, db: { ...world.db, write } }, world.kept, [
      world.follower("function", ["f", "g"], {
        async deliver() {
          await null;
          told += 1;
        },
      }),
    ]);
    for (let n = 0; n < 2500; n += 1) await world.post("posts.created");
    await following.idle();
    assert.deepEqual([told, written], [5000, []]);
    await following.stop();
  });

  test("that failed once are tried again at their time, whatever waits for others", async () => {
    const world = await open();
    let tries = 0;
    const following = await world.follow(
      world.follower("function", ["broken", "once"], {
        async deliver(target, { type }) {
          if (target === "broken") throw new Error("never");
          if (type !== "posts.late") return;
          tries += 1;
          if (tries === 1) throw new Error("not yet");
        },
      }),
    );
    for (let n = 0; n < 1500; n += 1) await world.post("posts.created");
    await world.post("posts.late");
    await following.idle();
    assert.equal(tries, 1);
    world.tick(1000);
    await following.idle();
    assert.equal(tries, 2);
    await following.stop();
  });

  test("are not told again of what was done while it was looked for", async () => {
    const world = await open();
    const held: (() => void)[] = [];
    let [isHeld, tries] = [false, 0];
    const read: typeof world.db.read = async (statement) => {
      const found = await world.db.read(statement);
      if (isHeld && statement.sql.includes("_deliveries")) await new Promise<void>((resolve) => held.push(resolve));
      return found;
    };
    const slow = hanging();
    const following = await followEvents({ ...world.deps, db: { ...world.db, read } }, world.kept, [
      world.follower("function", ["f"], {
        async deliver() {
          tries += 1;
          if (tries === 1) throw new Error("not yet");
          await slow.deliver("f");
        },
      }),
    ]);
    await world.post("posts.created");
    await following.idle();
    world.tick(1000);
    await until(() => tries === 2);
    isHeld = true;
    world.tick(1000);
    await until(() => held.length > 0);
    slow.release();
    for (let n = 0; n < 20; n += 1) await new Promise((resolve) => setTimeout(resolve, 1));
    isHeld = false;
    for (const go of held) go();
    await following.idle();
    assert.equal(tries, 2);
    await following.stop();
  });

  test("that stand apart are told of so much that is in no stream, and no more", async () => {
    const world = await open();
    const slow = hanging();
    const passing = { targets: (type: string) => (type.startsWith("server.") ? ["a"] : []) };
    const following = await world.follow(
      world.follower("function", ["f"]),
      world.follower("webhook", [], { apart: true, ...passing, deliver: slow.deliver }),
    );
    const ask = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n += 1) world.deps.events.emit("server.request", {}, "server");
      await new Promise((resolve) => setTimeout(resolve, 2));
    };
    await ask(100);
    assert.deepEqual([slow.begun.length, world.told.length], [16, 100], "at once");
    slow.release();
    await world.deps.events.idle();
    for (let n = 0; n < 10; n += 1) await ask(10);
    assert.equal(slow.begun.length, 50, "in a second");
    world.tick(1000);
    await ask(1);
    assert.equal(slow.begun.length, 51);
    await world.deps.logger.flush();
    assert.deepEqual(world.lines, ["events were not told: there are too many"]);
    world.tick(60_000);
    await ask(60);
    await world.deps.logger.flush();
    assert.equal(world.lines.length, 2);
    await following.stop();
  });

  test("that come to stand apart go on where all stood together, and lose nothing", async () => {
    const world = await open();
    for (const type of ["posts.done", "posts.kept", "posts.dead", "posts.new"]) await world.post(type);
    const events = (await world.kept.log?.read(0, 9)) ?? [];
    const kept = (target: string, index: number, state: string): [string, ...(string | number)[]] => [
      ...([`${target} ${index}`, target, state, events[index]?.seq ?? 0] as const),
      JSON.stringify(events[index]?.event),
    ];
    await world.db.write([
      { sql: `INSERT INTO "_consumers" ("name", "position") VALUES ('app', 3)`, params: [] },
      ...[kept("function f", 1, "waiting"), kept("webhook w", 1, "waiting"), kept("webhook w", 2, "dead")].map(
        (params) => ({
          sql: `INSERT INTO "_deliveries" ("consumer", "key", "target", "state", "tries", "nextAt", "seq", "event", "detail") VALUES ('app', ?, ?, ?, 1, 0, ?, ?, '{}')`,
          params,
        }),
      ),
    ]);
    const both = () => [world.follower("function", ["f"]), world.follower("webhook", ["w"], { apart: true })];
    const following = await world.follow(...both());
    world.tick(2000);
    await following.idle();
    const expected = ["function f posts.kept", "function f posts.new", "webhook w posts.kept", "webhook w posts.new"];
    assert.deepEqual(world.told.splice(0).sort(), expected);
    // what was given up may be tried again, as before
    const [dead] = await world.office.list("dead", 10);
    assert.equal(await world.office.replay(dead?.id ?? 0), true);
    await following.wake();
    await following.idle();
    assert.deepEqual(world.told.splice(0), ["webhook w posts.dead"]);
    await following.stop();
    // once more: each goes on from its own place
    const again = await world.follow(...both());
    await world.post("posts.later");
    await again.idle();
    assert.deepEqual(world.told.sort(), ["function f posts.later", "webhook w posts.later"]);
    await again.stop();
  });
});

describe("what is kept nowhere", () => {
  test("comes to each target in order for a record, for four records at a time, and failures hold up nobody", async () => {
    const { db, deps, lines, follow, follower } = await open(false);
    const begun: string[] = [];
    const ends: (() => void)[] = [];
    let under = 0;
    let most = 0;
    const slow = follower("webhook", ["a", "gone"], {
      apart: true,
      isGone: (target) => target === "gone",
      async deliver(target, event) {
        begun.push(`${target} ${event.type}`);
        under += 1;
        most = Math.max(most, under);
        await new Promise<void>((resolve) => ends.push(resolve));
        under -= 1;
        if (event.type === "notes.n1") throw new Error("no");
      },
    });
    const quick: string[] = [];
    const other = follower("function", ["f"], { deliver: async (_, { type }) => void quick.push(type) });
    const { stop } = await follow(slow, other);
    for (let n = 0; n < 3; n += 1) deps.events.emit(`notes.n${n}`, { id: "one" }, "collections");
    for (let n = 0; n < 6; n += 1) deps.events.emit(`notes.m${n}`, { id: `m${n}` }, "collections");
    const settled = deps.events.idle();
    let over = false;
    void settled.then(() => {
      over = true;
    });
    while (!over) {
      await new Promise((resolve) => setTimeout(resolve));
      for (const end of ends.splice(0)) end();
    }
    assert.equal(most, 4);
    const ofOne = begun.filter((each) => each.includes("notes.n"));
    assert.deepEqual(ofOne, ["a notes.n0", "a notes.n1", "a notes.n2"]);
    assert.equal(begun.length, 9);
    assert.deepEqual(
      quick.filter((type) => type.startsWith("notes.n")),
      ["notes.n0", "notes.n1", "notes.n2"],
    );
    assert.deepEqual(lines, ["a delivery failed"]);
    await stop();
    await db.close();
  });
});
