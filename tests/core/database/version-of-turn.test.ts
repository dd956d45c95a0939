import assert from "node:assert/strict";
import { test } from "node:test";
import { versionOfTurn } from "../../../src/core/database/version-of-turn.ts";

test("in one turn the connection is asked once, unless something was committed here", () => {
  let asked = 0;
  const turn: (() => void)[] = [];
  const version = versionOfTurn({ version: () => ++asked }, (task) => void turn.push(task));
  assert.ok(version);
  assert.deepEqual([version.read(), version.read()], [1, 1]);
  version.forget();
  assert.deepEqual([version.read(), version.read()], [2, 2]);
  assert.equal(turn.length, 1, "its end is waited for once");
  turn.pop()?.();
  assert.deepEqual([version.read(), version.read(), turn.length], [3, 3, 1]);
});

test("a connection without a version has none in a turn", () => {
  assert.equal(
    versionOfTurn({}, () => assert.fail()),
    null,
  );
});
