import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type BakendEvent,
  compilePattern,
  createEventBus,
  type EventBus,
  type Lane,
} from "../../../src/core/events/index.ts";
import { createIdGenerator } from "../../../src/tools/index.ts";

interface Bench {
  readonly bus: EventBus;
  readonly errors: { readonly error: unknown; readonly event: BakendEvent }[];
}

function bench(): Bench {
  const errors: { readonly error: unknown; readonly event: BakendEvent }[] = [];
  const bus = createEventBus({
    newId: createIdGenerator(
      () => 1_750_000_000_000,
      (bytes) => crypto.getRandomValues(bytes),
    ),
    timestamp: () => "2026-11-20T12:00:00.000Z",
    defer: (task) => void setTimeout(task, 0),
    onError: (error, event) => void errors.push({ error, event }),
  });
  return { bus, errors };
}

const LANES: readonly Lane[] = ["logging", "realtime", "functions", "plugins"];

describe("events", () => {
  test("have five fields, frozen through and through", async () => {
    const { bus } = bench();
    let heard: BakendEvent | undefined;
    bus.on("*", (event) => (heard = event));
    const payload = { id: "x", list: [{ deep: [1] }] };
    const sent = bus.emit("posts.created", payload, "collections");
    await bus.idle();
    assert.equal(heard, sent);
    assert.deepEqual(Object.keys(sent).sort(), ["id", "payload", "source", "timestamp", "type"]);
    assert.deepEqual(
      [sent.type, sent.source, sent.timestamp, sent.payload],
      ["posts.created", "collections", "2026-11-20T12:00:00.000Z", payload],
    );
    const frozen = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      assert.ok(Object.isFrozen(value), JSON.stringify(value));
      Object.values(value).forEach(frozen);
    };
    frozen(sent);
  });

  test("ids are UUIDv7 and ascend, also within one millisecond", () => {
    const { bus } = bench();
    bus.on("*", () => {});
    const ids = Array.from({ length: 10_000 }, () => bus.emit("a.b", null, "test").id);
    assert.deepEqual(ids, ids.toSorted());
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test("are handed on after emit() has returned", async () => {
    const { bus } = bench();
    const seen: string[] = [];
    bus.on("*", () => void seen.push("handled"));
    bus.emit("a.b", null, "test");
    seen.push("emitted");
    await bus.idle();
    assert.deepEqual(seen, ["emitted", "handled"]);
  });

  test("reach the lanes in order, and each lane in the order of emission", async () => {
    const { bus } = bench();
    const seen: string[] = [];
    for (const lane of LANES.toReversed()) {
      bus.on("*", ({ payload }) => void seen.push(`${payload} ${lane}`), lane);
      bus.on("a.*", async ({ payload }) => void seen.push(`${payload} ${lane} again`), lane);
    }
    for (const n of [1, 2, 3]) bus.emit("a.b", n, "test");
    await bus.idle();
    assert.deepEqual(
      seen,
      [1, 2, 3].flatMap((n) => LANES.flatMap((lane) => [`${n} ${lane}`, `${n} ${lane} again`])),
    );
  });

  test("the lane is plugins unless said", async () => {
    const { bus } = bench();
    const seen: string[] = [];
    bus.on("*", () => void seen.push("unsaid"));
    bus.on("*", () => void seen.push("functions"), "functions");
    bus.emit("a.b", null, "test");
    await bus.idle();
    assert.deepEqual(seen, ["functions", "unsaid"]);
  });

  const failures: readonly (readonly [string, () => unknown])[] = [
    [
      "throws",
      () => {
        throw new Error("boom");
      },
    ],
    ["rejects", () => Promise.reject(new Error("boom"))],
    ["rejects late", () => new Promise((_, reject) => setTimeout(() => reject(new Error("boom")), 5))],
    [
      "throws no error",
      () => {
        throw undefined;
      },
    ],
    [
      "returns a bad thenable",
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: a handler may return anything
        then: () => {
          throw new Error("boom");
        },
      }),
    ],
  ];
  for (const [what, handler] of failures) {
    test(`a handler that ${what} harms nobody and is reported`, async () => {
      const { bus, errors } = bench();
      const seen: unknown[] = [];
      bus.on("*", handler, "logging");
      bus.on("*", ({ payload }) => void seen.push(payload));
      bus.emit("a.b", 1, "test");
      bus.emit("a.b", 2, "test");
      await bus.idle();
      assert.deepEqual(seen, [1, 2]);
      assert.equal(errors.length, 2);
      assert.equal(errors[0]?.event.payload, 1);
    });
  }

  test("a handler that never ends holds up nobody", async () => {
    const { bus } = bench();
    const seen: unknown[] = [];
    bus.on("*", () => new Promise(() => {}), "logging");
    const both = new Promise<void>((resolve) => {
      bus.on("*", ({ payload }) => {
        seen.push(payload);
        if (seen.length === 2) resolve();
      });
    });
    bus.emit("a.b", 1, "test");
    bus.emit("a.b", 2, "test");
    await both;
    assert.deepEqual(seen, [1, 2]);
  });

  test("a handler that tries to change an event fails alone", async () => {
    const { bus, errors } = bench();
    const seen: unknown[] = [];
    bus.on(
      "*",
      ({ payload }) => {
        (payload as { n: number }).n = 2;
      },
      "logging",
    );
    bus.on("*", ({ payload }) => void seen.push(payload));
    bus.emit("a.b", { n: 1 }, "test");
    await bus.idle();
    assert.deepEqual(seen, [{ n: 1 }]);
    assert.equal(errors.length, 1);
  });

  test("idle() waits for handlers, and for what they emit", async () => {
    const { bus } = bench();
    const seen: string[] = [];
    bus.on("a.b", async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      seen.push("first");
      bus.emit("c.d", null, "test");
    });
    bus.on("c.d", async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      seen.push("second");
    });
    bus.emit("a.b", null, "test");
    await bus.idle();
    assert.deepEqual(seen, ["first", "second"]);
    await bus.idle();
  });

  test("idle() without anything resolves, for everybody who asks", async () => {
    const { bus } = bench();
    await Promise.all([bus.idle(), bus.idle()]);
    bus.emit("a.b", null, "nobody listens");
    await bus.idle();
  });

  test("unsubscribing ends it, once, and only for that handler", async () => {
    const { bus } = bench();
    const seen: string[] = [];
    const handler = () => void seen.push("same");
    const stop = bus.on("a.b", handler);
    bus.on("a.b", handler);
    bus.emit("a.b", null, "test");
    await bus.idle();
    stop();
    stop();
    bus.emit("a.b", null, "test");
    await bus.idle();
    assert.equal(seen.length, 3);
  });

  test("handlers that come and go during delivery do not disturb it", async () => {
    const { bus } = bench();
    const seen: string[] = [];
    const stops: (() => void)[] = [];
    stops.push(
      bus.on("*", () => {
        seen.push("one");
        for (const stop of stops) stop();
        bus.on("*", () => void seen.push("late"));
      }),
    );
    stops.push(bus.on("*", () => void seen.push("two")));
    bus.emit("a.b", null, "test");
    await bus.idle();
    assert.equal(seen[0], "one");
    seen.length = 0;
    bus.emit("a.b", null, "test");
    await bus.idle();
    assert.deepEqual(seen, ["late"]);
  });

  test("hears() knows whether anybody would", () => {
    const { bus } = bench();
    assert.equal(bus.hears("a.b"), false);
    const stop = bus.on("a.*", () => {});
    assert.equal(bus.hears("a.b"), true);
    assert.equal(bus.hears("b.a"), false);
    stop();
    assert.equal(bus.hears("a.b"), false);
  });

  test("what is emitted can be kept before anybody is told, what is published was kept by whoever made it", async () => {
    const { bus, errors } = bench();
    const told: string[] = [];
    bus.on("a.*", ({ type }) => void told.push(`heard ${type}`), "logging");
    bus.onEmitted(async ({ type }) => {
      told.push(`emitted ${type}`);
      if (type === "b.b") throw new Error("no room");
    });
    assert.equal(bus.hears("b.b"), false);
    bus.emit("a.a", 1, "test");
    bus.publish(bus.prepare("a.b", 1, "test"));
    bus.emit("b.b", 1, "test");
    await bus.idle();
    assert.deepEqual(told, ["emitted a.a", "heard a.a", "heard a.b", "emitted b.b"]);
    assert.deepEqual(
      errors.map(({ event }) => event.type),
      ["b.b"],
    );
  });

  test("what travels beside an event arrives beside it and not in it", async () => {
    const { bus } = bench();
    const details: unknown[] = [];
    bus.on("*", (event, detail) => {
      details.push(detail);
      assert.equal("previous" in event, false);
    });
    bus.emit("a.b", 1, "test", { previous: { n: 0 }, actor: { kind: "user", id: "u" } });
    bus.emit("a.b", 1, "test");
    await bus.idle();
    assert.deepEqual(details, [{ previous: { n: 0 }, actor: { kind: "user", id: "u" } }, {}]);
  });
});

describe("patterns", () => {
  const table: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ["*", ["posts.created", "a.b.c", "x"], []],
    ["posts.*", ["posts.created", "posts.a.b"], ["post.created", "postsx.created", "posts", "a.posts.created"]],
    ["posts.created", ["posts.created"], ["posts.created2", "posts.create", "xposts.created", "posts"]],
  ];
  for (const [pattern, yes, no] of table) {
    test(pattern, () => {
      const matches = compilePattern(pattern);
      for (const type of yes) assert.equal(matches(type), true, type);
      for (const type of no) assert.equal(matches(type), false, type);
    });
  }
  for (const bad of [
    "",
    "posts",
    "*.created",
    "posts.",
    ".created",
    "posts..x",
    "posts.cre*",
    "**",
    "po sts.x",
    "posts.*x",
    "(a+)+.b",
    "posts/x",
  ]) {
    test(`"${bad}" is refused`, () => {
      assert.throws(() => compilePattern(bad), { code: "bad_request" });
    });
  }
});
