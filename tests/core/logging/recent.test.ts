import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createLogger, createRecentLog, type LineQuery, type LogLevel } from "../../../src/core/logging/index.ts";

/** A log of a capacity with these lines, each `level message`. */
function logOf(capacity: number, lines: readonly string[]) {
  const log = createRecentLog(capacity);
  const entries = lines.map((line) => {
    const [level = "", ...words] = line.split(" ");
    return { time: 0, level: level as LogLevel, message: words.join(" "), fields: { note: "Über" } };
  });
  void log.write(entries);
  return log;
}

describe("the last lines of the log", () => {
  const log = logOf(100, ["debug one", "info two", "info request", "warn three", "error four"]);
  const cases: readonly (readonly [name: string, query: LineQuery, limit: number, expected: string])[] = [
    ["all, the newest first", {}, 10, "four three request two one"],
    ["some", {}, 2, "four three"],
    ["from a level on", { level: "warn" }, 10, "four three"],
    ["without requests", { requests: false }, 10, "four three two one"],
    ["before one", { before: 3 }, 10, "two one"],
    ["after one", { after: 3 }, 10, "four three"],
    ["a text in the message", { search: "TWO" }, 10, "two"],
    ["a text in a field", { search: "über" }, 1, "four"],
    ["a text that is nowhere", { search: "five" }, 10, ""],
  ];
  for (const [name, query, limit, expected] of cases) {
    test(name, () => {
      const found = log.find(query, limit);
      assert.equal(found.map(({ message }) => message).join(" "), expected);
    });
  }

  test("many lines of a kind push out none of another, and memory has a bound", () => {
    const many = (text: string) => Array.from({ length: 1000 }, (_, index) => `${text} ${index}`);
    const full = logOf(10, [
      "error kept",
      "info said",
      ...many("debug d"),
      ...many("info request").map(() => "info request"),
    ]);
    const found = full.find({}, 5000);
    assert.equal(found.length, 22, "ten of each of two kinds, and one of each of the others");
    assert.equal(found.at(-1)?.message, "kept");
    assert.equal(found.at(-1)?.seq, 1);
  });

  test("what a logger hands over is redacted", async () => {
    const recent = createRecentLog();
    const logger = createLogger({ level: "info", sinks: [recent], clock: () => 0 });
    logger.info("signed in", { password: "hush hush" });
    logger.debug("not kept");
    await logger.flush();
    const [line, ...more] = recent.find({}, 10);
    assert.deepEqual(line, {
      ...{ seq: 1, time: "1970-01-01T00:00:00.000Z", level: "info", message: "signed in" },
      fields: { password: "[redacted]" },
    });
    assert.deepEqual(more, []);
  });
});
