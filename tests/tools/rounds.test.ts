import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createRounds } from "../../src/tools/index.ts";

describe("rounds of work", () => {
  /** Rounds that a test ends one by one. */
  function play() {
    const open: { end(): void; fail(error: Error): void }[] = [];
    const errors: unknown[] = [];
    const state = { goesOn: true, begun: 0 };
    const rounds = createRounds({
      round() {
        state.begun += 1;
        return new Promise((resolve, reject) => open.push({ end: resolve, fail: reject }));
      },
      goesOn: () => state.goesOn,
      onError: (error) => void errors.push(error),
    });
    const settled = async (): Promise<void> => {
      for (let turn = 0; turn < 10; turn += 1) await null;
    };
    return { rounds, open, errors, state, settled };
  }

  test("whoever asks twice before a round begins gets one; whoever asks meanwhile gets one more", async () => {
    const { rounds, open, state, settled } = play();
    rounds.ask();
    rounds.ask();
    assert.equal(state.begun, 0);
    assert.notEqual(rounds.underWay, null);
    await settled();
    assert.equal(state.begun, 1);
    for (let count = 0; count < 3; count += 1) rounds.ask();
    await settled();
    assert.equal(state.begun, 1);
    open[0]?.end();
    await settled();
    assert.equal(state.begun, 2);
    open[1]?.end();
    await settled();
    assert.deepEqual([state.begun, rounds.underWay], [2, null]);
    rounds.ask();
    await settled();
    assert.equal(state.begun, 3);
  });

  test("one that fails is told of, and the next begins when it is asked for", async () => {
    const { rounds, open, errors, state, settled } = play();
    rounds.ask();
    await settled();
    rounds.ask();
    const failure = new Error("no");
    open[0]?.fail(failure);
    await settled();
    assert.deepEqual([errors, state.begun, rounds.underWay], [[failure], 1, null]);
    rounds.ask();
    await settled();
    assert.equal(state.begun, 2);
  });

  test("where they do not go on, what is under way ends and nothing begins", async () => {
    const { rounds, open, state, settled } = play();
    rounds.ask();
    await settled();
    rounds.ask();
    state.goesOn = false;
    open[0]?.end();
    await settled();
    rounds.ask();
    await settled();
    assert.deepEqual([state.begun, rounds.underWay], [1, null]);
  });
});
