import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ProcessorTimes } from "../../../src/core/functions/index.ts";
import { createTurns, type Share } from "../../../src/core/functions/pool/turns.ts";
import { type FakeTime, fakeTime } from "./fake-children.ts";

/** A process under test, and how much of a processor it takes as long as it is not stopped. */
interface Computing {
  readonly share: Share;
  readonly paused: boolean;
  /** How often it was let on after it had been stopped. */
  readonly turns: number;
  /** Milliseconds for which it ran of the last stretch. */
  ran(): number;
  load: number;
  busy: boolean;
}

interface Scene {
  readonly time: FakeTime;
  /** Processors that all others want, of two, and get as far as computing leaves them; null if the machine does not tell. */
  others: number | null;
  start(load: number): Computing;
  /** Lets time pass, millisecond by millisecond. */
  pass(milliseconds: number): Promise<void>;
}

const PROCESSORS = 2;

async function play(run: (scene: Scene) => Promise<void>): Promise<void> {
  const time = fakeTime();
  const all: (Computing & { advance(): number })[] = [];
  const machine = { busy: 0, idle: 0 };
  const inTicks = (milliseconds: number): number => Math.floor(milliseconds / 10) * 10;
  const scene: Scene = {
    time,
    others: 0,
    start(load) {
      let used = 0;
      let before = 0;
      let paused = false;
      let turnsTaken = 0;
      const child = {
        send: () => undefined,
        giveWay: () => undefined,
        kill: () => undefined,
        pause() {
          paused = true;
        },
        resume() {
          if (paused) turnsTaken += 1;
          paused = false;
        },
        processorTime: () => inTicks(used),
      };
      const one: Computing & { advance(): number } = {
        share: turns.join(child, () => one.busy),
        get paused() {
          return paused;
        },
        get turns() {
          return turnsTaken;
        },
        ran() {
          const ran = used - before;
          before = used;
          return ran;
        },
        load,
        busy: true,
        advance() {
          const spent = paused ? 0 : one.load;
          used += spent;
          return spent;
        },
      };
      all.push(one);
      one.share.begin();
      return one;
    },
    async pass(milliseconds) {
      for (let passed = 0; passed < milliseconds; passed += 1) {
        const spent = all.reduce((sum, one) => sum + one.advance(), 0);
        const busy = Math.min(PROCESSORS, (scene.others ?? 0) + spent);
        machine.busy += busy;
        machine.idle += PROCESSORS - busy;
        await time.pass(1);
      }
    },
  };
  const processors = (): ProcessorTimes | null =>
    scene.others === null ? null : { busy: inTicks(machine.busy), idle: inTicks(machine.idle) };
  const turns = createTurns({ timers: time, processors });
  await run(scene);
}

const playing = (run: (scene: Scene) => Promise<void>) => (): Promise<void> => play(run);

describe("processes that compute without pause", () => {
  test(
    "take turns where others leave next to nothing",
    playing(async (scene) => {
      scene.others = 1.8;
      const loop = scene.start(1);
      await scene.pass(150);
      assert.equal(loop.ran(), 150, "a fifth of a second is given in one go");
      await scene.pass(200);
      loop.ran();
      await scene.pass(1000);
      const ran = loop.ran();
      assert.ok(ran >= 80 && ran <= 140, `${ran} ms of a second`);
      assert.ok(loop.turns <= 3, `${loop.turns} turns`);
    }),
  );

  test(
    "take them sooner if their function has ended processes before",
    playing(async (scene) => {
      scene.others = 1.8;
      const loop = scene.start(1);
      loop.share.distrust();
      await scene.pass(1000);
      const ran = loop.ran();
      assert.ok(ran >= 100 && ran <= 200, `${ran} ms of a second`);
    }),
  );

  const free: readonly (readonly [name: string, others: number | null, load: number])[] = [
    ["the others leave a processor", 0.9, 1],
    ["nobody else wants anything", 0, 1],
    ["it waits most of the time", 1.9, 0.1],
    ["the machine does not tell how busy it is", null, 1],
  ];
  for (const [name, others, load] of free)
    test(
      `run on if ${name}`,
      playing(async (scene) => {
        scene.others = others;
        const one = scene.start(load);
        await scene.pass(2000);
        assert.ok(Math.abs(one.ran() - 2000 * load) < 1);
        assert.equal(one.paused, false);
      }),
    );

  test(
    "do not count as others for each other",
    playing(async (scene) => {
      scene.others = 0.2;
      const loops = [scene.start(0.9), scene.start(0.9)];
      await scene.pass(2000);
      for (const loop of loops) assert.ok(Math.abs(loop.ran() - 1800) < 1);
    }),
  );

  test(
    "take turns together",
    playing(async (scene) => {
      scene.others = 1.8;
      const loops = [scene.start(0.5), scene.start(0.5)];
      await scene.pass(400);
      for (const loop of loops) loop.ran();
      await scene.pass(1000);
      for (const loop of loops) assert.ok(loop.ran() <= 70);
    }),
  );

  test(
    "run on while they speak, and as soon as they do",
    playing(async (scene) => {
      scene.others = 1.9;
      const one = scene.start(1);
      for (let n = 0; n < 20; n += 1) {
        await scene.pass(100);
        one.share.release();
      }
      assert.equal(one.ran(), 2000);
      await scene.pass(500);
      assert.ok(one.ran() < 400);
      one.share.release();
      assert.equal(one.paused, false);
      await scene.pass(150);
      assert.equal(one.ran(), 150);
    }),
  );

  test(
    "run on once the others leave enough",
    playing(async (scene) => {
      scene.others = 1.9;
      const one = scene.start(1);
      await scene.pass(1000);
      scene.others = 0.5;
      await scene.pass(300);
      one.ran();
      await scene.pass(1000);
      assert.equal(one.ran(), 1000);
    }),
  );

  test(
    "lose little where the others turn out to leave enough",
    playing(async (scene) => {
      scene.others = 1.2;
      const one = scene.start(1);
      await scene.pass(5000);
      const ran = one.ran();
      assert.ok(ran >= 4000 && ran < 5000, `${ran} ms of 5 s`);
    }),
  );

  test(
    "are let go once they wait",
    playing(async (scene) => {
      scene.others = 1.9;
      const one = scene.start(1);
      await scene.pass(1000);
      one.load = 0;
      await scene.pass(1200);
      one.ran();
      one.load = 1;
      await scene.pass(150);
      assert.equal(one.ran(), 150);
    }),
  );

  test(
    "are let go with nothing to do, and looked after again with the next call",
    playing(async (scene) => {
      scene.others = 1.9;
      const one = scene.start(1);
      await scene.pass(1000);
      one.busy = false;
      await scene.pass(60);
      assert.equal(one.paused, false);
      one.ran();
      await scene.pass(1000);
      assert.equal(one.ran(), 1000, "nobody looks");
      one.busy = true;
      one.share.begin();
      await scene.pass(150);
      assert.equal(one.ran(), 150);
      await scene.pass(850);
      assert.ok(one.ran() < 300);
    }),
  );
});
