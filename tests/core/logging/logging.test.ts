import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BakendEvent, EventHandler, Lane } from "../../../src/core/events/index.ts";
import {
  createLogger,
  formatHuman,
  formatJson,
  type LogEntry,
  type LoggerOptions,
  logEvents,
  redactFields,
  redactText,
  requestLogger,
} from "../../../src/core/logging/index.ts";

/** A sink that remembers its batches, and timers that fire by hand. */
function bench(options: Partial<LoggerOptions> = {}) {
  const batches: LogEntry[][] = [];
  const timers = new Map<number, { callback: () => void; milliseconds: number }>();
  let handles = 0;
  const logger = createLogger({
    level: "debug",
    clock: () => 1000,
    sinks: [{ write: (entries) => void batches.push([...entries]) }],
    timers: {
      set(callback, milliseconds) {
        handles += 1;
        timers.set(handles, { callback, milliseconds });
        return handles;
      },
      clear: (handle) => void timers.delete(Number(handle)),
    },
    ...options,
  });
  const fire = () => {
    const due = [...timers.values()];
    timers.clear();
    for (const { callback } of due) callback();
  };
  return { logger, batches, timers, fire, entries: () => batches.flat() };
}

describe("levels", () => {
  const cases = [
    ["debug", ["debug", "info", "warn", "error"]],
    ["info", ["info", "warn", "error"]],
    ["warn", ["warn", "error"]],
    ["error", ["error"]],
  ] as const;
  for (const [level, kept] of cases) {
    test(`${level} keeps ${kept.join(", ")}`, async () => {
      const { logger, entries } = bench({ level });
      for (const name of ["debug", "info", "warn", "error"] as const) {
        logger[name]("hello");
        assert.equal(logger.enabled(name), (kept as readonly string[]).includes(name));
      }
      await logger.flush();
      assert.deepEqual(
        entries().map((entry) => entry.level),
        kept,
      );
    });
  }

  test("entries carry time, message and fields; a child adds its own", async () => {
    const { logger, entries } = bench();
    logger.child({ a: 1, b: 1 }).child({ b: 2 }).info("hello", { c: 3 });
    logger.info("bare");
    await logger.flush();
    assert.deepEqual(entries(), [
      { time: 1000, level: "info", message: "hello", fields: { a: 1, b: 2, c: 3 } },
      { time: 1000, level: "info", message: "bare", fields: {} },
    ]);
  });
});

describe("batches", () => {
  test("nothing reaches a sink in the caller's turn", () => {
    const { logger, batches } = bench();
    for (let i = 0; i < 2000; i += 1) logger.error("x");
    assert.equal(batches.length, 0);
  });

  test("entries wait together, at most 200 ms", () => {
    const { logger, batches, timers, fire } = bench();
    logger.info("one");
    logger.info("two");
    assert.deepEqual(
      [...timers.values()].map((timer) => timer.milliseconds),
      [200],
    );
    fire();
    assert.deepEqual(
      batches.map((batch) => batch.length),
      [2],
    );
  });

  for (const [name, log] of [
    ["a warning", (logger: ReturnType<typeof bench>["logger"]) => logger.warn("x")],
    ["the 500th entry", (logger: ReturnType<typeof bench>["logger"]) => repeat(500, () => logger.info("x"))],
  ] as const) {
    test(`${name} does not wait`, () => {
      const { logger, timers } = bench();
      logger.info("first");
      log(logger);
      assert.deepEqual(
        [...timers.values()].map((timer) => timer.milliseconds),
        [0],
      );
    });
  }

  test("flush waits for the sinks", async () => {
    let written = false;
    const mark = () => {
      written = true;
    };
    const slow = { write: () => new Promise<void>((resolve) => setTimeout(resolve, 10)).then(mark) };
    const { logger } = bench({ sinks: [slow] });
    logger.info("x");
    await logger.flush();
    assert.equal(written, true);
  });

  test("a failing sink throws at nobody and harms no other", async () => {
    const seen: string[] = [];
    const { logger } = bench({
      sinks: [
        {
          write: () => {
            throw new Error("full disk");
          },
        },
        { write: () => Promise.reject(new Error("gone")) },
        { write: (entries) => void seen.push(...entries.map((entry) => entry.message)) },
      ],
    });
    logger.info("one");
    await logger.flush();
    logger.info("two");
    await logger.flush();
    assert.deepEqual(seen, ["one", "two"]);
  });

  test("a sink that hangs bounds the memory: the oldest go, and it is said how many", async () => {
    const batches: LogEntry[][] = [];
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const sink = {
      write(entries: readonly LogEntry[]) {
        batches.push([...entries]);
        return batches.length === 1 ? held : undefined;
      },
    };
    const { logger, fire } = bench({ sinks: [sink] });
    logger.info("first");
    fire();
    for (let round = 0; round < 25; round += 1) {
      for (let i = 0; i < 1000; i += 1) logger.info(`${round * 1000 + i}`);
      fire();
    }
    release();
    await logger.flush();
    const [notice, ...kept] = batches[1] ?? [];
    assert.match(notice?.message ?? "", /dropped/);
    assert.equal(notice?.fields.dropped, 15_000);
    assert.equal(kept.length, 10_000);
    assert.equal(kept[0]?.message, "15000");
    assert.equal(kept.at(-1)?.message, "24999");
  });

  test("a turn that logs without end is bounded too", async () => {
    const { logger, entries } = bench();
    for (let i = 0; i < 30_500; i += 1) logger.info(String(i));
    await logger.flush();
    const numbers = entries().filter((entry) => entry.level === "info");
    const dropped = entries()
      .filter((entry) => entry.level === "warn")
      .map((entry) => Number(entry.fields.dropped));
    assert.equal(numbers.length + dropped.reduce((sum, count) => sum + count, 0), 30_500);
    assert.ok(numbers.length <= 10_000);
    assert.equal(numbers.at(-1)?.message, "30499");
  });
});

describe("redaction of keys", () => {
  const secret = [
    "password",
    "newPassword",
    "passwd",
    "passphrase",
    "token",
    "refreshToken",
    "mfa_token",
    "secret",
    "clientSecret",
  ];
  const more = [
    "authorization",
    "Authorization",
    "cookie",
    "set-cookie",
    "hash",
    "passwordHash",
    "apiKey",
    "api_key",
    "x-api-key",
  ];
  for (const key of [...secret, ...more, "privateKey", "otp", "credentials"]) {
    test(`${key} is replaced, at any depth`, () => {
      assert.deepEqual(redactFields({ [key]: "x" }), { [key]: "[redacted]" });
      assert.deepEqual(redactFields({ a: [{ b: { [key]: { c: 1 } } }] }), { a: [{ b: { [key]: "[redacted]" } }] });
    });
  }
  for (const key of ["id", "user", "path", "author", "status", "key", "opinion", "compass"]) {
    test(`${key} is kept`, () => assert.deepEqual(redactFields({ [key]: "x" }), { [key]: "x" }));
  }
  test("an absent secret stays visible as absent", () => {
    assert.deepEqual(redactFields({ token: null }), { token: null });
  });
});

describe("redaction of texts", () => {
  const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
  const cases: [text: string, expected: string][] = [
    ["plain text = fine", "plain text = fine"],
    ["Authorization: Bearer abc.def-123", "Authorization: Bearer [redacted]"],
    ["basic dXNlcjpwYXNz now", "basic [redacted] now"],
    [`got ${jwt}.`, "got [redacted]."],
    ["postgres://bob:hunter2@db/x failed", "postgres://[redacted]@db/x failed"],
    ["https://token@example.com/a", "https://[redacted]@example.com/a"],
    ["https://example.com/a@b", "https://example.com/a@b"],
    ["/reset?token=abc&next=/x", "/reset?token=[redacted]&next=/x"],
    ["/f?a=1&signature=abc", "/f?a=1&signature=[redacted]"],
    ["mail bob@example.com", "mail bob@example.com"],
  ];
  for (const [text, expected] of cases) test(text, () => assert.equal(redactText(text), expected));

  test("a long text is cut", () => assert.equal(redactText("x".repeat(10_000)).length, 8195));

  test("the message and the fields of an entry are redacted before any sink", async () => {
    const { logger, entries } = bench();
    logger.error("failed with Bearer abc", { error: new Error("at postgres://a:b@c/"), password: "p" });
    await logger.flush();
    const text = JSON.stringify(entries());
    assert.doesNotMatch(text, /Bearer abc|a:b@|"p"/);
    assert.match(text, /"name":"Error"/);
  });
});

describe("fields of any kind", () => {
  const cyclic: Record<string, unknown> = { a: 1 };
  cyclic.self = cyclic;
  const shared = { x: 1 };
  const cases: [name: string, fields: Record<string, unknown>, expected: unknown][] = [
    ["a cycle", { cyclic }, { cyclic: { a: 1, self: "[circular]" } }],
    ["the same object twice", { a: shared, b: shared }, { a: { x: 1 }, b: { x: 1 } }],
    ["a date", { at: new Date(0) }, { at: "1970-01-01T00:00:00.000Z" }],
    ["a broken date", { at: new Date(Number.NaN) }, { at: "[invalid date]" }],
    ["a bigint", { n: 10n }, { n: "10" }],
    ["bytes", { b: new Uint8Array(3) }, { b: "[3 bytes]" }],
    ["a map", { m: new Map([[1, 2]]) }, { m: "[Map of 1]" }],
    ["a url", { u: new URL("https://a:b@c/") }, { u: "https://[redacted]@c/" }],
    ["a function", { f: () => 1 }, { f: "[function]" }],
  ];
  for (const [name, fields, expected] of cases) test(name, () => assert.deepEqual(redactFields(fields), expected));

  test("what is too long or too deep is cut", () => {
    assert.equal((redactFields({ list: Array(500).fill(1) }).list as unknown[]).length, 101);
    let deep: Record<string, unknown> = {};
    for (let i = 0; i < 50; i += 1) deep = { deep };
    assert.match(JSON.stringify(redactFields(deep)), /\[too deep\]/);
  });

  test("a field that throws when read costs only the fields", async () => {
    const { logger, entries } = bench();
    const trap = Object.defineProperty({}, "x", {
      enumerable: true,
      get() {
        throw new Error("no");
      },
    });
    logger.info("hello", { trap });
    await logger.flush();
    assert.equal(entries()[0]?.message, "hello");
  });
});

describe("formats", () => {
  const entry: LogEntry = {
    time: 0,
    level: "info",
    message: "hello",
    fields: { id: 7, text: "two words", level: "x" },
  };

  test("JSON is one object a line, and a field cannot pose as the level", () => {
    assert.deepEqual(JSON.parse(formatJson(entry)), {
      time: "1970-01-01T00:00:00.000Z",
      level: "info",
      message: "hello",
      id: 7,
      text: "two words",
      level_: "x",
    });
  });

  test("for people", () => {
    assert.equal(formatHuman(entry), '00:00:00.000 INFO  hello id=7 text="two words" level=x');
  });

  test("in colour", () => {
    assert.ok(formatHuman(entry, true).includes("\u001b[36mINFO"));
    assert.ok(!formatHuman(entry, false).includes("\u001b"));
  });

  test("no value can begin a line or colour the terminal", () => {
    const nasty = { ...entry, message: "a\nb\u001b[31m", fields: { "k\n": "v\r\nw", l: "\u2028" } };
    assert.equal(formatHuman(nasty).includes("\n"), false);
    assert.equal(formatHuman(nasty).includes("\u001b"), false);
    assert.equal(formatJson(nasty).includes("\n"), false);
  });

  test("an error's stack follows, indented", () => {
    const fields = redactFields({ error: new TypeError("broken") });
    const [first, ...rest] = formatHuman({ ...entry, fields }).split("\n");
    assert.match(first ?? "", /error="TypeError: broken"$/);
    assert.ok(rest.length > 0);
    for (const line of rest) assert.match(line, /^ {4}\S/);
  });
});

describe("events", () => {
  /** A bus that delivers at once. */
  function fakeBus() {
    const subscriptions = new Set<{
      wanted: (type: string) => boolean;
      handler: EventHandler;
      lane: Lane | undefined;
    }>();
    return {
      subscriptions,
      on(pattern: string | ((type: string) => boolean), handler: EventHandler, lane?: Lane) {
        const wanted = typeof pattern === "string" ? (type: string) => type === pattern : pattern;
        const subscription = { wanted, handler, lane };
        subscriptions.add(subscription);
        return () => void subscriptions.delete(subscription);
      },
      emit(type: string, payload: unknown) {
        const event: BakendEvent = { id: "e1", type, timestamp: "", source: "test", payload };
        for (const { wanted, handler } of subscriptions) if (wanted(type)) handler(event, {});
      },
    };
  }

  const cases: [type: string, payload: unknown, level: string, record: string | undefined][] = [
    ["posts.created", { record: { id: "r1", title: "private" } }, "debug", "r1"],
    ["posts.deleted", { id: "r2", title: "private" }, "debug", "r2"],
    ["auth.login", { id: "u1", email: "private" }, "info", "u1"],
    ["auth.login_failed", { email: "private" }, "warn", undefined],
    ["job.failed", { error: "private" }, "error", undefined],
    ["function.failed", "private", "error", undefined],
    ["system.started", null, "info", undefined],
  ];
  for (const [type, payload, level, record] of cases) {
    test(`${type} is ${level}, without its payload`, async () => {
      const bus = fakeBus();
      const { logger, entries } = bench();
      logEvents(bus, logger);
      bus.emit(type, payload);
      await logger.flush();
      const fields = { event: "e1", source: "test", ...(record === undefined ? {} : { record }) };
      assert.deepEqual(entries(), [{ time: 1000, level, message: type, fields }]);
      for (const { lane } of bus.subscriptions) assert.equal(lane, "logging");
    });
  }

  test("answered requests have lines of their own, and are not listened to", () => {
    const bus = fakeBus();
    logEvents(bus, bench().logger);
    assert.equal(
      [...bus.subscriptions].some(({ wanted }) => wanted("server.request")),
      false,
    );
  });

  test("it can be stopped", async () => {
    const bus = fakeBus();
    const { logger } = bench();
    logEvents(bus, logger)();
    assert.equal(bus.subscriptions.size, 0);
  });

  test("what the level leaves out is not listened to", () => {
    const bus = fakeBus();
    const { logger } = bench({ level: "warn" });
    logEvents(bus, logger);
    const wants = (type: string) => [...bus.subscriptions].some(({ wanted }) => wanted(type));
    assert.deepEqual(["posts.created", "auth.login", "server.request", "job.failed"].map(wants), [
      false,
      false,
      false,
      true,
    ]);
  });
});

describe("requests", () => {
  const cases: [status: number, level: string][] = [
    [200, "info"],
    [404, "info"],
    [500, "error"],
    [503, "error"],
  ];
  for (const [status, level] of cases) {
    test(`${status} is ${level}`, async () => {
      const { logger, entries } = bench();
      requestLogger(logger)({ id: "q1", method: "GET", path: "/api/posts?filter=a%3D1&limit=3", status, ms: 1.23 });
      await logger.flush();
      assert.equal(entries()[0]?.level, level);
      assert.deepEqual(entries()[0]?.fields, {
        id: "q1",
        method: "GET",
        path: "/api/posts?filter&limit",
        status,
        ms: 1.23,
      });
    });
  }

  test("with the level off only failures are logged", async () => {
    const { logger, entries } = bench({ level: "warn" });
    const log = requestLogger(logger);
    log({ id: "a", method: "GET", path: "/", status: 200, ms: 1 });
    log({ id: "b", method: "GET", path: "/", status: 500, ms: 1 });
    await logger.flush();
    assert.deepEqual(
      entries().map((entry) => entry.fields.id),
      ["b"],
    );
  });
});

function repeat(times: number, action: () => void): void {
  for (let i = 0; i < times; i += 1) action();
}
