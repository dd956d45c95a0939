import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createRandom, seedFromEnvironment } from "../core/rules/random.ts";
import { killRounds, type Report, terminateRounds, twoServers } from "./ordeal.ts";

const seed = seedFromEnvironment();
const random = createRandom(seed);
const MINUTES = { timeout: 240_000 };

/** Nothing is shown by a server that was not under load. */
function shown({ acknowledged, unanswered, happened, repeated, done }: Report): void {
  process.stdout.write(
    `note: ${acknowledged} acknowledged writes checked, ${unanswered} unanswered, of which ${happened} had happened, ` +
      `${repeated} repeated (SEED=${seed})\n` +
      (done.events === 0 ? "" : `note: ${JSON.stringify(done)}\n`),
  );
  assert.ok(acknowledged > 100, `only ${acknowledged} writes were acknowledged`);
}

describe(`no acknowledged write is lost (SEED=${seed})`, () => {
  test("kill -9 under load", MINUTES, async () => shown(await killRounds(6, { random })));
  test("SIGTERM under load: what is written is answered", MINUTES, async () =>
    shown(await terminateRounds(2, { random })),
  );
  test("two servers on one file, one killed", MINUTES, async () => shown(await twoServers(1, { random })));
});
