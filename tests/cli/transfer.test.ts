import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  cellsOf,
  csvColumns,
  type Entry,
  type EntryReader,
  readCsv,
  readEntries,
  readJsonArray,
  readJsonLines,
  toCell,
} from "../../src/cli/transfer/index.ts";
import { type Collection, checkDefinition } from "../../src/core/collections/index.ts";
import { openApp } from "../support/app.ts";

const raw = () => readCsv((names) => (cells) => ({ value: Object.fromEntries(names.map((n, i) => [n, cells[i]])) }));

/** Reads a text cut into pieces of one size. */
function readIn(reader: EntryReader, text: string, size: number): readonly Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at < text.length; at += size) entries.push(...reader.push(text.slice(at, at + size)));
  return [...entries, ...reader.end()];
}

/** What is read must not depend on where the text was cut. */
function sameInAnyPieces(make: () => EntryReader, text: string): readonly Entry[] {
  const whole = readIn(make(), text, Math.max(1, text.length));
  for (const size of [1, 2, 3, 7, 11]) assert.deepEqual(readIn(make(), text, size), whole, `in pieces of ${size}`);
  return whole;
}

describe("CSV", () => {
  const cases: readonly [name: string, text: string, expected: readonly (readonly [line: number, value: unknown])[]][] =
    [
      ["a header alone", "a,b\n", []],
      [
        "rows",
        "a,b\n1,2\n3,4\n",
        [
          [2, { a: "1", b: "2" }],
          [3, { a: "3", b: "4" }],
        ],
      ],
      ["no line end at the end", "a\n1", [[2, { a: "1" }]]],
      ["CRLF", "a,b\r\n1,2\r\n", [[2, { a: "1", b: "2" }]]],
      [
        "CRLF in rows with quotes",
        'a,b\r\n"1",2\r\n3,"4"\r\n',
        [
          [2, { a: "1", b: "2" }],
          [3, { a: "3", b: "4" }],
        ],
      ],
      ["empty lines", "a\n\n1\n\n", [[3, { a: "1" }]]],
      ["a comma in quotes", 'a,b\n"x,y",2\n', [[2, { a: "x,y", b: "2" }]]],
      [
        "a line end in quotes",
        'a,b\n"x\ny",2\n3,4\n',
        [
          [2, { a: "x\ny", b: "2" }],
          [4, { a: "3", b: "4" }],
        ],
      ],
      ["doubled quotes", 'a\n"say ""hi"""\n', [[2, { a: 'say "hi"' }]]],
      ["nothing but quotes", 'a,b\n"""","' + '"\n', [[2, { a: '"', b: "" }]]],
      ["quotes at the end of the text", 'a\n"x"', [[2, { a: "x" }]]],
      ["empty cells", "a,b,c\n,,\n", [[2, { a: "", b: "", c: "" }]]],
      ["an empty last cell after quotes", 'a,b\n"x",\n', [[2, { a: "x", b: "" }]]],
      ["a quote within a cell", 'a\n5" nail\n', [[2, { a: '5" nail' }]]],
      ["spaces are kept", "a\n x \n", [[2, { a: " x " }]]],
      ["many scripts", "a\n北京 🏙\n", [[2, { a: "北京 🏙" }]]],
    ];
  for (const [name, text, expected] of cases) {
    test(name, () => {
      const entries = sameInAnyPieces(raw, text);
      assert.deepEqual(
        entries.map(({ line, value }) => [line, value]),
        expected,
      );
    });
  }

  test("a row of another length is one record's fault", () => {
    const [first, second] = sameInAnyPieces(raw, "a,b\n1\n1,2\n");
    assert.match(first?.fault ?? "", /header has 2 cells, this row 1/);
    assert.deepEqual(second?.value, { a: "1", b: "2" });
  });

  const broken: readonly [name: string, text: string, message: RegExp][] = [
    ["nothing", "", /no header/],
    ["a name twice", "a,a\n", /"a" is there twice/],
    ["a column without a name", "a,\n", /column 2 has no name/],
    ["a quote that is not closed", 'a\n1\n"x\ny', /line 3: a quote is not closed/],
    ["text after a quote", 'a\n"x"y\n', /line 2: text follows a closing quote/],
  ];
  for (const [name, text, message] of broken) {
    test(`${name} ends the reading`, () => {
      for (const size of [1, 3, 100]) assert.throws(() => readIn(raw(), text, size), { message });
    });
  }
});

describe("JSON", () => {
  const lines: readonly [text: string, expected: readonly unknown[]][] = [
    ["", []],
    ['{"a":1}', [[1, { a: 1 }]]],
    [
      '{"a":1}\n\n{"a":2}\r\n',
      [
        [1, { a: 1 }],
        [3, { a: 2 }],
      ],
    ],
    ['{"a":"x\\ny"}\n', [[1, { a: "x\ny" }]]],
  ];
  for (const [text, expected] of lines) {
    test(`lines: ${JSON.stringify(text)}`, () => {
      const entries = sameInAnyPieces(readJsonLines, text);
      assert.deepEqual(
        entries.map(({ line, value }) => [line, value]),
        expected,
      );
    });
  }

  test("a bad line is one record's fault", () => {
    const [first, second] = sameInAnyPieces(readJsonLines, '{"a":\n{"a":2}\n');
    assert.match(first?.fault ?? "", /this is no JSON/);
    assert.deepEqual(second, { line: 2, value: { a: 2 } });
  });

  const arrays: readonly [text: string, expected: readonly unknown[]][] = [
    ["[]", []],
    [" [ \n ] \n", []],
    ["[1]", [[1, 1]]],
    [
      '[\n {"a":1},\n {"a":[1,{"b":"]},\\"["}]}\n]',
      [
        [2, { a: 1 }],
        [3, { a: [1, { b: ']},"[' }] }],
      ],
    ],
    [
      '["a\\\\",null,true,[],{}]',
      [
        [1, "a\\"],
        [1, null],
        [1, true],
        [1, []],
        [1, {}],
      ],
    ],
    [
      '[{"a":"x",\n"b":1},{"a":"y"}]',
      [
        [1, { a: "x", b: 1 }],
        [2, { a: "y" }],
      ],
    ],
  ];
  for (const [text, expected] of arrays) {
    test(`array: ${JSON.stringify(text)}`, () => {
      const entries = sameInAnyPieces(readJsonArray, text);
      assert.deepEqual(
        entries.map(({ line, value }) => [line, value]),
        expected,
      );
    });
  }

  for (const text of ["[1,]", "[,1]", "[,]", "[{]", '[{"a":1}x]']) {
    test(`array: ${text} has a faulty element`, () => {
      const faults = (() => {
        try {
          return readIn(readJsonArray(), text, 100).filter((entry) => entry.fault !== undefined).length;
        } catch {
          return 1;
        }
      })();
      assert.ok(faults >= 1);
    });
  }

  const broken: readonly [text: string, message: RegExp][] = [
    ["", /ends before/],
    ["[1,2", /line 1: the text ends before the array does/],
    ['{"a":1}', /no JSON array.*--format ndjson/],
    ["[1]\n[2]", /line 2: there is more after the array/],
  ];
  for (const [text, message] of broken) {
    test(`array: ${JSON.stringify(text)} ends the reading`, () => {
      for (const size of [1, 100]) assert.throws(() => readIn(readJsonArray(), text, size), { message });
    });
  }
});

describe("bytes", () => {
  const entriesOf = async (pieces: readonly Uint8Array[]) => {
    const groups: (readonly Entry[])[] = [];
    const bytes = (async function* () {
      yield* pieces;
    })();
    for await (const group of readEntries(bytes, readJsonLines(), 2)) groups.push(group);
    return groups;
  };

  test("characters may be cut anywhere, and a byte order mark is dropped", async () => {
    const bytes = new TextEncoder().encode('\uFEFF{"a":"é🏙"}\n{"a":2}\n{"a":3}');
    const groups = await entriesOf(Array.from(bytes, (byte) => Uint8Array.of(byte)));
    assert.deepEqual(
      groups.map((group) => group.map(({ value }) => value)),
      [[{ a: "é🏙" }, { a: 2 }], [{ a: 3 }]],
    );
  });

  test("what is no UTF-8 is refused, cut off or not", async () => {
    for (const bytes of [
      [0x22, 0xff, 0x22],
      [0x22, 0xc3],
    ]) {
      await assert.rejects(entriesOf([Uint8Array.from(bytes)]), /not text in UTF-8/);
    }
  });
});

describe("cells", () => {
  const definition = {
    name: "things",
    fields: [
      { name: "text", type: "text" },
      { name: "count", type: "integer" },
      { name: "flag", type: "boolean" },
      { name: "extra", type: "json" },
      { name: "place", type: "geo" },
      { name: "tags", type: "select", options: ["a", "b;c"], many: true },
      { name: "secret", type: "text", hidden: true },
    ],
  };
  const collection = async (): Promise<Collection> => {
    const { app, close } = await openApp({ collections: [checkDefinition(definition)] });
    const found = app.collections.schema.catalog().get("things");
    await close();
    assert.ok(found);
    return found;
  };

  const cases: readonly [name: string, cell: string, expected: unknown][] = [
    ["text", "0012", { text: "0012" }],
    ["count", "-3", { count: -3 }],
    ["count", "1e3", { count: 1000 }],
    ["count", "many", { count: "many" }],
    ["count", "0x10", { count: "0x10" }],
    ["flag", "true", { flag: true }],
    ["flag", "0", { flag: false }],
    ["flag", "yes", { flag: "yes" }],
    ["extra", '{"a":[1]}', { extra: { a: [1] } }],
    ["tags", "a", { tags: ["a"] }],
    ["tags", "a; b", { tags: ["a", "b"] }],
    ["tags", '["a","b;c"]', { tags: ["a", "b;c"] }],
    ["place.lat", "1.5", { place: { lat: 1.5 } }],
    ["id", "x", { id: "x" }],
    ["version", "2", { version: 2 }],
    ["text", "", {}],
  ];
  for (const [name, cell, expected] of cases) {
    test(`${name}: ${JSON.stringify(cell)}`, async () => {
      assert.deepEqual(cellsOf(await collection())([name])([cell]), { value: expected });
    });
  }

  test("JSON that is none is a fault that keeps the row", async () => {
    const { value, fault } = cellsOf(await collection())(["extra"])(["{"]);
    assert.match(fault ?? "", /^extra is no JSON/);
    assert.deepEqual(value, { extra: "{" });
  });

  test("columns that fit no field are refused", async () => {
    const open = cellsOf(await collection());
    assert.throws(() => open(["txet"]), /no field "txet"; did you mean "text"\?/);
    assert.throws(() => open(["place"]), /place\.lat and place\.lng/);
    assert.throws(() => open(["text.lat"]), /no field "text\.lat"/);
    assert.throws(() => open(["constructor"]), /no field "constructor"/);
  });

  test("the columns of an export hold no hidden field", async () => {
    assert.deepEqual(csvColumns(await collection()), [
      ...["id", "text", "count", "flag", "extra", "place.lat", "place.lng", "tags"],
      ...["createdAt", "updatedAt", "version"],
    ]);
  });

  test("a written cell is read again as it was", () => {
    for (const text of ["plain", "a,b", 'say "hi"', "two\nlines", "\r", " spaced ", "北京", '"']) {
      const [entry] = readIn(raw(), `a,b\n${toCell(text, false)},x\n`, 1000);
      assert.deepEqual(entry?.value, { a: text, b: "x" });
    }
    for (const value of [["a", "b"], ["a;b"], ["[x"], []]) {
      const cell = toCell(value, false);
      assert.equal(cell === "" ? 0 : 1, value.length === 0 ? 0 : 1);
    }
    assert.equal(toCell({ a: 1 }, true), '"{""a"":1}"');
    assert.equal(toCell(null, true), "");
    assert.equal(toCell(0, false), "0");
  });
});
