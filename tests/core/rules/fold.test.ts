import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { foldText, globContaining } from "../../../src/core/rules/fold.ts";
import { openMemorySqlite } from "../../support/memory-sqlite.ts";

describe("the case fold", () => {
  test("knows every letter that has another case", () => {
    const missed: string[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const character = String.fromCodePoint(code);
      const fold = foldText(character);
      assert.equal(fold.length, String.fromCodePoint(fold.codePointAt(0) ?? 0).length, "one code point");
      assert.equal(foldText(fold), fold, "folding twice changes nothing more");
      for (const other of [character.toLowerCase(), character.toUpperCase()]) {
        const isOne = other.length === String.fromCodePoint(other.codePointAt(0) ?? 0).length;
        if (isOne && foldText(other) !== fold) missed.push(character);
      }
    }
    assert.deepEqual(missed, []);
  });

  test("leaves apart what is apart", () => {
    const pairs = [
      ["a", "b"],
      ["o", "ö"],
      ["и", "е"],
      ["σ", "ρ"],
      ["c", "ç"],
      ["ß", "s"],
      ["0", "O"],
    ] as const;
    for (const [a, b] of pairs) assert.notEqual(foldText(a), foldText(b), `${a} ${b}`);
  });

  test("is the same in GLOB for every folded letter", async () => {
    const database = await openMemorySqlite();
    const letters: string[] = [];
    for (let code = 1; code <= 0x1ffff; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const character = String.fromCodePoint(code);
      if (foldText(character) !== character || code < 0x250) letters.push(character);
    }
    const pairs = letters.flatMap((letter): readonly [string, string][] => [
      [letter, foldText(letter)],
      [foldText(letter), letter],
      [letter, letter],
      [`x${letter}y`, `X${letter.toUpperCase()}Y`],
    ]);
    const cases = pairs.map(([text, needle]) => ({
      text,
      pattern: globContaining(needle),
      expected: Number(foldText(text).includes(foldText(needle))),
    }));
    const wrong = database.all(
      "SELECT value FROM json_each(?) WHERE (value ->> 'text' GLOB value ->> 'pattern') <> value ->> 'expected'",
      [JSON.stringify(cases)],
    );
    assert.deepEqual(wrong, []);
    assert.ok(letters.length > 1400, "there are cased letters");
    database.close();
  });
});
