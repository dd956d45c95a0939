import assert from "node:assert/strict";
import { test } from "node:test";
import { cronInWords } from "../../dashboard/src/lib/operations/cron.ts";

const CASES: readonly (readonly [schedule: string, words: string | null])[] = [
  ["* * * * *", "every minute"],
  ["*/15 * * * *", "every 15 minutes"],
  ["*/10 * * * * *", "every 10 seconds"],
  ["0 * * * *", "every hour"],
  ["5 * * * *", "every hour at minute 5"],
  ["0 */6 * * *", "every 6 hours"],
  ["0 3 * * *", "every day at 03:00"],
  ["30 3,15 * * *", "every day at 03:30 and 15:30"],
  ["0 3 * * 1-5", "Monday to Friday at 03:00"],
  ["0 3 * * MON,wed", "Monday and Wednesday at 03:00"],
  ["0 3 * * 7", "Sunday at 03:00"],
  ["0 3 1,15 * *", "on day 1 and 15 of every month at 03:00"],
  ["0 3 1 1 *", "on day 1 of January at 03:00"],
  ["0 3 * 6-8 *", "every day in June to August at 03:00"],
  ["*/15 9-17 * * 1-5", "every 15 minutes from 09:00 to 17:59, Monday to Friday"],
  // what would be said wrong, or at length, is left as it stands
  ["0 3 1 * 1", null],
  ["0 3 L * *", null],
  ["0 3 * * 5#2", null],
  ["0 1,2,3,4,5 * * *", null],
  ["0-30/5 * * * *", null],
  ["3 */2 * * *", null],
  ["0 3 * * 9", null],
  ["0 3 * *", null],
  ["@daily", null],
];

for (const [schedule, words] of CASES)
  test(`${schedule} is ${words ?? "left as it is"}`, () => assert.equal(cronInWords(schedule), words));
