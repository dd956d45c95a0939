import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runBak } from "./bak.ts";

/** Programs are started: a loaded machine takes its time. */
const LONG = { timeout: 60_000 };

const ROOT = join(import.meta.dirname, "../..");

const COLLECTIONS = {
  countries: {
    name: "countries",
    fields: [
      { name: "code", type: "text", required: true, unique: true },
      { name: "name", type: "text", searchable: true },
      { name: "neighbours", type: "relation", collection: "countries", many: true },
    ],
  },
  cities: {
    name: "cities",
    fields: [
      { name: "name", type: "text", required: true },
      { name: "country", type: "relation", collection: "countries" },
      { name: "visited", type: "relation", collection: "countries", many: true },
      { name: "population", type: "integer", min: 0 },
      { name: "capital", type: "boolean", default: false },
      { name: "extra", type: "json" },
      { name: "position", type: "geo" },
      { name: "secret", type: "text", hidden: true },
    ],
  },
};

let folder = "";
let projects = 0;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "bakend-transfer-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** A project of its own for a test, with files beside its configuration. */
function project(files: Readonly<Record<string, string>>) {
  projects += 1;
  const cwd = join(folder, `p${projects}`);
  mkdirSync(join(cwd, "collections"), { recursive: true });
  writeFileSync(join(cwd, "bakend.json"), '{"database":"./test.db"}');
  for (const [name, definition] of Object.entries(COLLECTIONS)) {
    writeFileSync(join(cwd, "collections", `${name}.json`), JSON.stringify(definition));
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  const run = (...args: string[]) => runBak(args, { cwd });
  return {
    cwd,
    run,
    async ok(...args: string[]) {
      const result = await run(...args);
      assert.equal(result.code, 0, result.stderr);
      return result;
    },
    /** The records of a collection, as the command line exports them. */
    async records(name: string): Promise<Record<string, unknown>[]> {
      const { stdout } = await run("export", name, "--format", "ndjson");
      return stdout
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line));
    },
  };
}

const COUNTRIES =
  '{"code":"DE","name":"Germany","neighbours":["FR"]}\n{"code":"FR","name":"France","neighbours":["DE"]}\n';

describe("import", () => {
  const rows = [
    {
      name: "Paris",
      country: "FR",
      visited: ["DE", "FR"],
      population: 2,
      capital: true,
      extra: { a: 1 },
      position: { lat: 48.5, lng: 2.5 },
    },
    {
      name: 'A "quoted", name',
      country: null,
      visited: [],
      population: 0,
      capital: false,
      extra: null,
      position: null,
    },
  ];
  const csv =
    "name,country,visited,population,capital,extra,position.lat,position.lng\n" +
    'Paris,FR,DE;FR,2,true,"{""a"":1}",48.5,2.5\n"A ""quoted"", name",,,0,0,,,\n';
  const files: Readonly<Record<string, string>> = {
    "c.json": JSON.stringify(rows, null, 2),
    "c.ndjson": rows.map((row) => JSON.stringify(row)).join("\n"),
    "c.jsonl": rows.map((row) => JSON.stringify(row)).join("\r\n"),
    "c.csv": csv,
  };
  for (const name of Object.keys(files)) {
    test(`reads ${name}`, LONG, async () => {
      const { ok, records } = project({ ...files, "countries.ndjson": COUNTRIES });
      await ok("import", "countries", "countries.ndjson", "--key", "neighbours=code");
      const { stdout } = await ok("import", "cities", name, "--key", "country=code", "--key", "visited=code", "--json");
      const { milliseconds, ...result } = JSON.parse(stdout);
      assert.deepEqual(result, { collection: "cities", created: 2, updated: 0, failed: 0 }, name);
      assert.equal(typeof milliseconds, "number");
      const ids = new Map((await records("countries")).map(({ id, code }) => [id, code]));
      const cities = (await records("cities")).map(
        ({ id: _i, createdAt: _c, updatedAt: _u, version: _v, ...rest }) => ({
          ...rest,
          country: ids.get(rest.country) ?? null,
          visited: (rest.visited as string[]).map((id) => ids.get(id)),
        }),
      );
      assert.deepEqual(cities, rows, name);
    });
  }

  test("reads the standard input", LONG, async () => {
    const { cwd, records } = project({});
    const bun = join(ROOT, "node_modules/.bin/bun");
    const args = [join(ROOT, "src/cli/main.ts"), "import", "countries", "-", "--format", "csv"];
    const { status, stderr } = spawnSync(bun, args, { cwd, input: "code,name\nDE,Germany\n", encoding: "utf8" });
    assert.equal(status, 0, stderr);
    assert.equal((await records("countries"))[0]?.name, "Germany");
  });

  test("sets relations to records that come later in the same file", LONG, async () => {
    const { ok, records } = project({ "countries.ndjson": COUNTRIES });
    await ok("import", "countries", "countries.ndjson", "--key", "neighbours=code");
    const [germany, france] = await records("countries");
    assert.deepEqual(germany?.neighbours, [france?.id]);
    assert.deepEqual(france?.neighbours, [germany?.id]);
    assert.equal(germany?.version, 2);
  });

  test("updates what is there, also what the same file brought", LONG, async () => {
    const { ok, records } = project({
      "a.csv": "code,name\nDE,Germany\n",
      "b.csv": "code,name\nDE,Deutschland\nFR,France\nFR,La France\n",
    });
    await ok("import", "countries", "a.csv", "--upsert", "code");
    const [before] = await records("countries");
    const { stdout } = await ok("import", "countries", "b.csv", "--upsert", "code", "--json");
    const { created, updated } = JSON.parse(stdout);
    assert.deepEqual([created, updated], [1, 2]);
    const [germany, france] = await records("countries");
    assert.deepEqual([germany?.id, germany?.name, germany?.version], [before?.id, "Deutschland", 2]);
    assert.deepEqual([france?.name, france?.version], ["La France", 2]);
  });

  test("stops at the first faulty chunk: nothing of it, all before it", LONG, async () => {
    const lines = Array.from({ length: 2500 }, (_, index) => JSON.stringify({ name: `n${index}`, population: index }));
    lines[1500] = '{"name":"bad","population":-1}';
    const { run, records } = project({ "c.ndjson": lines.join("\n") });
    const { code, stderr, stdout } = await run("import", "cities", "c.ndjson", "--json");
    assert.equal(code, 1);
    assert.match(stderr, /line 1501: population /);
    assert.match(stderr, /1,000 records before it were imported/);
    assert.equal(JSON.parse(stdout).stopped.line, 1501);
    assert.equal((await records("cities")).length, 1000);
  });

  const stops: readonly [name: string, line: string, reason: RegExp][] = [
    ["no JSON", "{", /line 2: this is no JSON/],
    ["no object", "[1]", /line 2: this is no JSON object/],
    ["an unknown field", '{"name":"x","nmae":"y"}', /line 2: nmae cities has no such field/],
    ["nothing where something must be", "{}", /line 2: name is required/],
    ["two faults", '{"population":-1}', /line 2: name is required; population /],
    [
      "an unknown key",
      '{"name":"x","country":"XX"}',
      /line 2: country: there is no record of countries with code = "XX"/,
    ],
  ];
  for (const [name, line, reason] of stops) {
    test(`${name} is told with its line`, LONG, async () => {
      const { run, records } = project({ "c.ndjson": `{"name":"good"}\n${line}\n` });
      const { code, stderr } = await run("import", "cities", "c.ndjson", "--key", "country=code");
      assert.equal(code, 1);
      assert.match(stderr, reason);
      assert.match(stderr, /\n0 records before it/);
      assert.deepEqual(await records("cities"), []);
    });
  }

  test("goes on after faulty records and writes them out", LONG, async () => {
    const rows = ["code,name", "DE,Germany", "DE,Twice", ",Nothing", "FR,France", "IT"];
    const { cwd, run, records } = project({ "c.csv": rows.join("\n") });
    const { code, stdout } = await run(
      "import",
      "countries",
      "c.csv",
      "--skip-errors",
      "--errors",
      "bad.ndjson",
      "--json",
    );
    assert.equal(code, 1);
    const { created, failed } = JSON.parse(stdout);
    assert.deepEqual([created, failed], [2, 3]);
    assert.deepEqual(
      (await records("countries")).map((one) => one.code),
      ["DE", "FR"],
    );
    const bad = readFileSync(join(cwd, "bad.ndjson"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .sort((a, b) => a.line - b.line);
    assert.deepEqual(
      bad.map(({ line }) => line),
      [3, 4, 6],
    );
    assert.match(bad[0].reason, /code is already taken/);
    assert.match(bad[1].reason, /code is required/);
    assert.match(bad[2].reason, /header has 2 cells/);
    assert.equal(bad[0].record.name, "Twice");
  });

  test("two records with the value make it no key", LONG, async () => {
    const { ok, run } = project({ "k.csv": "code,name\nA,same\nB,same\n", "c.csv": "name,country\nx,same\n" });
    await ok("import", "countries", "k.csv");
    const { code, stderr } = await run("import", "cities", "c.csv", "--key", "country=name");
    assert.equal(code, 1);
    assert.match(stderr, /several records of countries have name = "same"/);
  });

  const wrong: readonly [name: string, args: readonly string[], stderr: RegExp][] = [
    ["an unknown collection", ["citeis", "c.csv"], /no collection "citeis"; did you mean "cities"\?/],
    ["no format", ["cities", "c.txt"], /--format json, ndjson or csv/],
    ["no format for the standard input", ["cities", "-"], /--format json, ndjson or csv/],
    ["an unknown format", ["cities", "c.csv", "--format", "xml"], /--format xml/],
    ["a key of no relation", ["cities", "c.csv", "--key", "name=code"], /cities has no relation "name"/],
    ["a key of no field", ["cities", "c.csv", "--key", "country=kode"], /countries has no field "kode"/],
    ["a key that is none", ["cities", "c.csv", "--key", "country"], /--key RELATION=FIELD/],
    [
      "an upsert by many values",
      ["cities", "c.csv", "--upsert", "visited"],
      /no field of this name with a single value/,
    ],
    ["errors without skipping", ["cities", "c.csv", "--errors", "x"], /--errors needs --skip-errors/],
  ];
  for (const [name, args, stderr] of wrong) {
    test(`${name} is a wrong command`, LONG, async () => {
      const result = await project({ "c.csv": "name\nx\n", "c.txt": "" }).run("import", ...args);
      assert.match(result.stderr, stderr);
      assert.equal(result.code, 2);
    });
  }

  test("a file that is not there, or no CSV of the collection, fails", LONG, async () => {
    const { run } = project({ "c.csv": "name,nmae\nx,y\n" });
    const missing = await run("import", "cities", "none.csv");
    assert.match(missing.stderr, /none\.csv: it cannot be read/);
    const wrongColumn = await run("import", "cities", "c.csv");
    assert.match(wrongColumn.stderr, /cities has no field "nmae"/);
    assert.deepEqual([missing.code, wrongColumn.code], [1, 1]);
  });
});

describe("export", () => {
  const cities = [
    '{"name":"Paris","population":2,"extra":{"a":[1,"x"]},"position":{"lat":48.5,"lng":2.5},"secret":"s"}',
    '{"name":"A, \\"b\\"\\nc","population":1}',
  ].join("\n");

  for (const format of ["json", "ndjson", "csv"]) {
    test(`brings back the same records from ${format}`, LONG, async () => {
      const first = project({ "c.ndjson": cities });
      await first.ok("import", "cities", "c.ndjson");
      await first.ok("export", "cities", `out.${format}`);
      assert.ok(!existsSync(join(first.cwd, `out.${format}.part`)));
      const text = readFileSync(join(first.cwd, `out.${format}`), "utf8");
      const second = project({ [`out.${format}`]: text });
      await second.ok("import", "cities", `out.${format}`);
      const records = await first.records("cities");
      assert.equal(records.length, 2);
      assert.ok(!("secret" in (records[0] ?? {})));
      assert.deepEqual(await second.records("cities"), records);
    });
  }

  test("takes a filter and fields", LONG, async () => {
    const { ok } = project({ "c.ndjson": cities });
    await ok("import", "cities", "c.ndjson");
    const args = ["export", "cities", "--format", "csv", "--filter", "population > 1", "--fields", "name,position"];
    const { stdout } = await ok(...args);
    assert.match(stdout, /^id,name,position\.lat,position\.lng\n[\w-]{36},Paris,48\.5,2\.5\n$/);
  });

  test("writes an empty collection as what it is", LONG, async () => {
    const { ok } = project({});
    const written = [];
    for (const format of ["json", "ndjson", "csv"]) written.push(await ok("export", "countries", "--format", format));
    assert.deepEqual(JSON.parse(written[0]?.stdout ?? ""), []);
    assert.equal(written[1]?.stdout, "");
    assert.match(written[2]?.stdout ?? "", /^id,code,name,neighbours,createdAt,updatedAt,version\n$/);
  });

  test("a faulty question leaves no file behind", LONG, async () => {
    const { cwd, run } = project({});
    const filter = await run("export", "cities", "out.csv", "--filter", "nothing = 1");
    const fields = await run("export", "cities", "out.csv", "--fields", "nothing");
    assert.deepEqual([filter.code, fields.code], [2, 2]);
    assert.match(filter.stderr, /nothing/);
    for (const file of ["out.csv", "out.csv.part"]) assert.ok(!existsSync(join(cwd, file)));
  });
});
