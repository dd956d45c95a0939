import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BakendError } from "../../../src/core/errors.ts";
import { LIMITS, parseExpression, parseOperand, parseSort } from "../../../src/core/rules/index.ts";
import { refusal } from "./fixture.ts";
import { createRandom, seedFromEnvironment } from "./random.ts";

const OPERATOR = "expected an operator (=, !=, <, <=, >, >=, ~, !~, in)";

describe("parseExpression", () => {
  test("literals", () => {
    const cases: readonly [string, unknown][] = [
      ["'it\\'s'", "it's"],
      [`"say \\"hi\\""`, 'say "hi"'],
      [`'a"b'`, 'a"b'],
      ["'\\\\ \\n \\t'", "\\ \n \t"],
      ["''", ""],
      ["'lone \ud800'", "lone \ufffd"],
      ["0", 0],
      ["-0", 0],
      ["-12.5e-1", -1.25],
      ["1E+3", 1000],
      ["true", true],
      ["false", false],
      ["null", null],
    ];
    for (const [text, value] of cases) assert.deepEqual(parseOperand(text), { kind: "literal", value, at: 0 }, text);
  });

  test("precedence: ! before && before ||", () => {
    const shape = (text: string) => {
      const visit = (node: ReturnType<typeof parseExpression>): unknown => {
        if (node.kind === "comparison") return node.left.kind === "path" ? node.left.text : node.left.kind;
        return node.kind === "not" ? ["not", visit(node.part)] : [node.kind, ...node.parts.map(visit)];
      };
      return visit(parseExpression(text));
    };
    assert.deepEqual(shape("a=1 || b=1 && c=1"), ["any", "a", ["all", "b", "c"]]);
    assert.deepEqual(shape("(a=1 || b=1) && c=1"), ["all", ["any", "a", "b"], "c"]);
    assert.deepEqual(shape("!a=1 && b=1"), ["all", ["not", "a"], "b"]);
    assert.deepEqual(shape("!(a=1 && b=1)"), ["not", ["all", "a", "b"]]);
    assert.deepEqual(shape("!!a=1"), ["not", ["not", "a"]]);
    assert.deepEqual(shape("a=1||b=1||c=1"), ["any", "a", "b", "c"]);
  });

  test("operands and positions", () => {
    assert.deepEqual(parseExpression(" a.b_c.D in (1, 'x')"), {
      kind: "comparison",
      left: { kind: "path", text: "a.b_c.D", at: 1 },
      op: "in",
      right: {
        kind: "list",
        values: [
          { kind: "literal", value: 1, at: 13 },
          { kind: "literal", value: "x", at: 16 },
        ],
        at: 12,
      },
      at: 1,
    });
    assert.deepEqual(parseExpression("@user.id!=@old.a.b"), {
      kind: "comparison",
      left: { kind: "user", text: "id", at: 0 },
      op: "!=",
      right: { kind: "old", text: "a.b", at: 10 },
      at: 0,
    });
    assert.deepEqual(parseOperand("lower ( @now )"), {
      kind: "call",
      name: "lower",
      args: [{ kind: "now", at: 8 }],
      at: 0,
    });
    assert.equal(parseOperand("length").kind, "path");
  });

  test("mistakes are named with their column", () => {
    const cases: readonly [string, string][] = [
      ["", "Column 1: expected a field, a value or a function, found the end."],
      ["title", `Column 6: ${OPERATOR}, found the end.`],
      ["title == 1", "Column 8: expected a field, a value or a function, found =."],
      ["title = ", "Column 9: expected a field, a value or a function, found the end."],
      ["title 5", `Column 7: ${OPERATOR}, found the number 5.`],
      ["title LIKE 'x'", `Column 7: ${OPERATOR}, found LIKE.`],
      ["a = 1 & b = 2", "Column 7: expected &&, found &."],
      ["a = 1 | b = 2", "Column 7: expected ||, found |."],
      ["a = 1 b = 2", "Column 7: expected &&, || or the end, found b."],
      ["(a = 1", "Column 7: expected &&, || or ), found the end."],
      ["a = 1)", "Column 6: expected &&, || or the end, found )."],
      ["a = 'x", "Column 5: this text is not closed."],
      ["a = 'x\\q'", "Column 7: unknown escape; write \\\\ for a backslash."],
      ["a = '\0'", "Column 6: a text cannot contain the character U+0000."],
      ["a = 01", "Column 6: a number does not begin with 0."],
      ["a = 1.", "Column 7: expected a digit."],
      ["a = 1e", "Column 7: expected a digit."],
      ["a = 1e999", "Column 5: the number is too large."],
      ["a = +1", "Column 5: expected a field, a value or a function, found +."],
      ["a. = 1", "Column 3: expected a name."],
      ["a.0 = 1", "Column 3: expected a name."],
      ["a = #", 'Column 5: unexpected character "#".'],
      ["a = 😀", 'Column 5: unexpected character "😀".'],
      ["a = @x.y", "Column 5: expected @user.field, @old.field or @now, found @x.y."],
      ["@user = 1", "Column 1: expected @user.field, @old.field or @now, found @user."],
      ["a in ()", "Column 7: expected a value, found )."],
      ["a in (b)", "Column 7: expected a value, found b."],
      ["a in 1", "Column 6: expected (, found the number 1."],
      ["a in (1", "Column 8: expected a comma or ), found the end."],
      ["f(a = 1", "Column 5: expected a comma or ), found =."],
      ["a = 1 &&", "Column 9: expected a field, a value or a function, found the end."],
      ["!", "Column 2: expected a field, a value or a function, found the end."],
    ];
    for (const [text, expected] of cases)
      assert.equal(
        refusal(() => parseExpression(text)),
        expected,
        text,
      );
  });

  test("limits", () => {
    const { length, depth, comparisons } = LIMITS;
    const nested = (n: number) => `${"(".repeat(n)}a=1${")".repeat(n)}`;
    assert.equal(
      refusal(() => parseExpression(nested(depth))),
      "accepted",
    );
    assert.match(
      refusal(() => parseExpression(nested(depth + 1))),
      /^Column 65: .* nested at most 64 deep/,
    );
    assert.match(
      refusal(() => parseExpression(`${"!".repeat(5000)}a=1`)),
      /nested at most 64 deep/,
    );
    assert.match(
      refusal(() => parseExpression(`${"f(".repeat(3000)}`)),
      /nested at most 64 deep/,
    );
    const many = (n: number) => Array(n).fill("a=1").join("||");
    assert.equal(
      refusal(() => parseExpression(many(comparisons))),
      "accepted",
    );
    assert.match(
      refusal(() => parseExpression(many(comparisons + 1))),
      /^Column 1281: .* at most 256 comparisons/,
    );
    assert.equal(
      refusal(() => parseExpression(`a='${"x".repeat(length - 4)}'`)),
      "accepted",
    );
    assert.match(
      refusal(() => parseExpression(`a='${"x".repeat(length - 3)}'`)),
      /at most 10000 characters/,
    );
  });

  test("no text throws anything but bad_request", () => {
    const seed = seedFromEnvironment();
    const random = createRandom(seed);
    // biome-ignore format: the pieces of the language, and some that are not
    const pieces = ["a", ".", "title", "=", "!=", "<", "~", "!", "(", ")", ",", "&&", "||", "'", '"', "\\", "in", "null", "1", "-", "+", "e", "@", "@user.id", "@old.", "@now", "lower(", "every(", " ", "\n", "\0", "\ud800", "😀", "é", "`", "--", ";", "_via_", "__proto__", "1e400"];
    for (let n = 0; n < 20_000; n++) {
      const text = random.several(14, () => random.pick(pieces)).join("");
      for (const parse of [parseExpression, parseSort, parseOperand]) {
        try {
          parse(text);
        } catch (error) {
          const isExpected =
            error instanceof BakendError && error.code === "bad_request" && /^Column \d+: /.test(error.message);
          assert.ok(isExpected, `SEED=${seed} ${JSON.stringify(text)} ${error}`);
        }
      }
    }
  });
});

describe("parseSort", () => {
  test("keys and directions", () => {
    const keys = parseSort("-createdAt, +title,author.name,-distance(position, 48.8, -2.3)");
    assert.deepEqual(
      keys.map(({ operand, descending }) => [operand.kind === "path" ? operand.text : operand.kind, descending]),
      [
        ["createdAt", true],
        ["title", false],
        ["author.name", false],
        ["call", true],
      ],
    );
  });

  test("mistakes", () => {
    const cases: readonly [string, string][] = [
      ["", "Column 1: expected a field or a function, found the end."],
      ["a,", "Column 3: expected a field or a function, found the end."],
      ["--a", "Column 2: expected a field or a function, found -."],
      ["-5", "Column 1: expected a field or a function, found the number -5."],
      ["'a'", 'Column 1: expected a field or a function, found the text "a".'],
      ["@user.id", "Column 1: expected a field or a function, found @user.id."],
      ["a b", "Column 3: expected a comma or the end, found b."],
      ["a desc", "Column 3: expected a comma or the end, found desc."],
      [Array(17).fill("a").join(","), "Column 33: at most 16 sort keys are allowed."],
    ];
    for (const [text, expected] of cases)
      assert.equal(
        refusal(() => parseSort(text)),
        expected,
        text,
      );
  });
});
