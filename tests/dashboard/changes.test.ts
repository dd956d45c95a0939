import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { changesBetween, isSame } from "../../dashboard/src/lib/operations/changes.ts";

describe("what changed in a record", () => {
  test("fields that differ, with what they were and are; bookkeeping is left out", () => {
    const before = { id: "1", title: "a", body: null, updatedAt: "x", version: 1 };
    const after = { id: "1", title: "b", body: null, updatedAt: "y", version: 2 };
    assert.deepEqual(changesBetween(before, after), [{ field: "title", before: "a", after: "b" }]);
  });

  test("fields that came or went", () => {
    assert.deepEqual(changesBetween({ gone: 1 }, { come: 2 }), [
      { field: "come", before: undefined, after: 2 },
      { field: "gone", before: 1, after: undefined },
    ]);
  });

  test("a record that is gone has lost all of its fields", () => {
    assert.deepEqual(changesBetween({ title: "a" }, null), [{ field: "title", before: "a", after: undefined }]);
  });

  test("values are compared as JSON: the order of keys does not count, that of items does", () => {
    assert.ok(isSame({ a: [1, { b: 2 }], c: null }, { c: null, a: [1, { b: 2 }] }));
    assert.ok(!isSame([1, 2], [2, 1]));
    assert.ok(!isSame([1], { 0: 1 }));
    assert.ok(!isSame({ a: undefined }, { b: undefined }));
    assert.ok(!isSame(null, {}));
    assert.ok(!isSame(1, "1"));
  });
});
