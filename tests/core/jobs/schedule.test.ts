import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { defineJob, readSchedule } from "../../../src/core/jobs/index.ts";

describe("times of a schedule", () => {
  const cases: [name: string, schedule: string, zone: string, after: string, times: readonly string[]][] = [
    ["every night", "0 3 * * *", "UTC", "2026-01-30T12:00Z", ["2026-01-31T03:00", "2026-02-01T03:00"]],
    ["a leap day", "0 0 29 2 *", "UTC", "2026-01-01T00:00Z", ["2028-02-29T00:00", "2032-02-29T00:00"]],
    ["a leap day over a century without one", "0 0 29 2 *", "UTC", "2096-03-01T00:00Z", ["2104-02-29T00:00"]],
    [
      "the 31st, where there is one",
      "0 0 31 * *",
      "UTC",
      "2026-01-31T00:00Z",
      ["2026-03-31T00:00", "2026-05-31T00:00"],
    ],
    ["the last of a month", "0 0 L * *", "UTC", "2026-02-01T00:00Z", ["2026-02-28T00:00", "2026-03-31T00:00"]],
    [
      "a day of the month or of the week",
      "0 0 13 * 5",
      "UTC",
      "2026-12-01T00:00Z",
      ["2026-12-04T00:00", "2026-12-11T00:00", "2026-12-13T00:00", "2026-12-18T00:00"],
    ],
    ["a day of the month alone", "0 0 13 * *", "UTC", "2026-12-01T00:00Z", ["2026-12-13T00:00", "2027-01-13T00:00"]],
    [
      "what spring leaves out comes with the change, once",
      "30 2 * * *",
      "Europe/Berlin",
      "2026-03-27T12:00Z",
      ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"],
    ],
    [
      "what autumn has twice comes once",
      "30 2 * * *",
      "Europe/Berlin",
      "2026-10-23T12:00Z",
      ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"],
    ],
    [
      "every hour goes on through spring",
      "0 * * * *",
      "Europe/Berlin",
      "2026-03-29T00:00Z",
      ["2026-03-29T01:00", "2026-03-29T02:00"],
    ],
    ["seconds", "*/20 * * * * *", "UTC", "2026-01-01T00:00:05Z", ["2026-01-01T00:00:20", "2026-01-01T00:00:40"]],
    ["never", "0 0 30 2 *", "UTC", "2026-01-01T00:00Z", []],
  ];
  for (const [name, text, zone, after, times] of cases) {
    test(name, () => {
      const schedule = readSchedule(text, zone);
      let at: number | null = Date.parse(after);
      for (const wanted of times) {
        at = schedule.next(at ?? 0);
        assert.equal(at, Date.parse(`${wanted}Z`), at === null ? "none" : new Date(at).toISOString());
        assert.equal(schedule.last(at ?? 0), at);
      }
      if (times.length === 0) assert.equal(schedule.next(at), null);
    });
  }

  const faults: [name: string, input: Parameters<typeof defineJob>[1], words: RegExp][] = [
    ["a minute that there is not", { schedule: "61 * * * *" }, /schedule.*61/],
    ["words", { schedule: "now and then" }, /schedule/],
    ["a zone that there is not", { schedule: "* * * * *", timezone: "Mars/Olympus" }, /timezone.*Mars/],
    ["a zone without a schedule", { timezone: "UTC" }, /timezone/],
    ["tries below none", { retries: -1 }, /retries/],
    ["tries without end", { retries: Number.POSITIVE_INFINITY }, /retries/],
    ["no time at all", { timeout: 0 }, /timeout/],
    ["more time than any timer", { timeout: 40 * 86_400_000 }, /timeout must be a time, 24 days at most/],
    ["an unknown overlap", { overlap: "maybe" as "skip" }, /overlap/],
    ["an unknown way to catch up", { catchUp: "all" as "none" }, /catchUp/],
    ["a pattern that is none", { on: "users" }, /pattern/],
  ];
  for (const [name, input, words] of faults)
    test(`${name} is told`, () => assert.throws(() => defineJob("job", input), words));
});
