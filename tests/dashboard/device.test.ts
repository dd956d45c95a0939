import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceInWords } from "../../dashboard/src/lib/operations/device.ts";

const MOZILLA = "Mozilla/5.0";
const WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)";

const CASES: readonly (readonly [userAgent: string, words: string])[] = [
  [`${MOZILLA} (X11; Linux x86_64) ${WEBKIT} HeadlessChrome/156.0.0.0 Safari/537.36`, "Chrome on Linux"],
  [
    `${MOZILLA} (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0`,
    "Edge on Windows",
  ],
  [`${MOZILLA} (Linux; Android 10; K) ${WEBKIT} Chrome/156.0.0.0 Mobile Safari/537.36`, "Chrome on Android"],
  [`${MOZILLA} (iPhone; CPU iPhone OS 18_0 like Mac OS X) ${WEBKIT} Version/18.0 Safari/604.1`, "Safari on iPhone"],
  [`${MOZILLA} (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0`, "Firefox on macOS"],
  ["curl/8.5.0", "curl/8.5.0"],
  ["", "unknown device"],
];

for (const [userAgent, words] of CASES)
  test(`"${userAgent}" is ${words}`, () => assert.equal(deviceInWords(userAgent), words));
