import assert from "node:assert/strict";
import { test } from "node:test";
import { sameText } from "../../src/tools/index.ts";

test("texts are the same only if every character is", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["", ""],
    ["", "a"],
    ["abc", "abc"],
    ["abc", "abd"],
    ["abc", "Abc"],
    ["abc", "abcd"],
    ["é", "e"],
    ["\u{1F600}", "\u{1F601}"],
  ];
  for (const [one, other] of cases) assert.equal(sameText(one, other), one === other, `${one} and ${other}`);
});
