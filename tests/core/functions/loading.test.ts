import assert from "node:assert/strict";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { CONFINED, type FunctionWorld, openFunctions } from "../../support/functions.ts";

const MARKS = { name: "marks", fields: [{ name: "text", type: "text" }], permissions: { create: "public" } };

const HOOK = `
  const { beforeCreate, HttpError } = require("bakend");
  beforeCreate("marks", ({ record }) => { if (record.text === "no") throw new HttpError(403); });`;

describe("CommonJS among functions", () => {
  for (const [file, text] of [
    ["hook.js", HOOK],
    ["hook.cjs", HOOK],
    ["hook.ts", `const nothing: number = 1;${HOOK}`],
    // whatever a runtime may take these for
    ["quoted.js", `const text = \`\nimport nothing\`;${HOOK}`],
    ["typed.ts", `import type { Nothing } from "nowhere";${HOOK}`],
  ] as const)
    test(`${file} is run, or not loaded, but never passed over`, async () => {
      const world = await openFunctions({ files: { [`functions/${file}`]: text }, collections: [MARKS] });
      const { ok, faults } = world.app.app.functions.report;
      const answer = await world.call("POST", "/api/marks", { body: { text: "no" } });
      if (ok) assert.equal(answer.status, 403, answer.text);
      else assert.deepEqual([faults[0]?.file, answer.status], [file, 503]);
      const runs = "Bun" in globalThis || !file.endsWith(".ts");
      if (file.startsWith("hook") && runs) assert.deepEqual(faults, []);
      await world.close();
    });

  test("modules import it, by name and as a whole, and it takes what it requires", async () => {
    const world = await openFunctions({
      files: {
        "functions/all.ts": `
          import { onRequest } from "bakend";
          import { one, word } from "./_lib/one.cjs";
          import two from "./_lib/two.js";
          onRequest("GET", "/all", () => Response.json([one, word, two()]));`,
        "functions/_lib/one.cjs": `const { word } = require("./three.cjs"); exports.one = 1; exports.word = word;`,
        "functions/_lib/two.js": `module.exports = () => "two";`,
        "functions/_lib/three.cjs": `exports.word = "three";`,
      },
    });
    assert.deepEqual(world.app.app.functions.report.faults, []);
    assert.deepEqual((await world.get("/all")).body, [1, "three", "two"]);
    await world.close();
  });
});

describe("two files of one name", () => {
  const JOB = "export default () => {};";
  const FUNCTION = `const { onCreate } = require("bakend"); onCreate("marks", () => {}); onCreate("marks", () => {});`;
  for (const [what, files, expected] of [
    [
      "jobs",
      { "jobs/dup.ts": JOB, "jobs/dup.js": JOB, "jobs/mails/dup.ts": JOB },
      ["jobs/dup.ts: the job dup is there already, in jobs/dup.js"],
    ],
    [
      "functions",
      { "functions/dup.cjs": FUNCTION, "functions/dup.js": FUNCTION, "functions/more/dup.cjs": FUNCTION },
      ["dup.js: the functions dup are there already, in dup.cjs"],
    ],
    [
      "a job and functions",
      { "jobs/dup.ts": JOB, "functions/dup.js": FUNCTION, "functions/jobs/dup.js": FUNCTION },
      [],
    ],
  ] as const)
    test(`${what}: ${expected.length > 0 ? "refused" : "no matter"}`, async () => {
      const { app, close } = await openFunctions({ files });
      const { faults } = app.app.functions.report;
      assert.deepEqual(
        faults.map(({ file, message }) => `${file}: ${message}`),
        expected,
      );
      await close();
    });
});

describe("a version that stays in force", () => {
  const FILES = {
    "functions/all.ts": `
      import { writeSync } from "node:fs";
      import { onRequest } from "bakend";
      import { word } from "./_lib/word.ts";
      import data from "./_lib/data.json" with { type: "json" };
      import list from "./_lib/list.json" with { type: "json" };
      onRequest("GET", "/all", () => Response.json([word, data, list]));
      onRequest("GET", "/crash", () => { writeSync(3, "nonsense\\n"); return new Promise(() => {}); });`,
    "functions/_lib/word.ts": `export { word } from "../_word.ts";`,
    "functions/_word.ts": `export const word: string = "a word";`,
    "functions/_lib/data.json": `{"a":1}`,
    "functions/_lib/list.json": `[1,2]`,
  };

  for (const [what, change] of [
    ["changed", (world: FunctionWorld, path: string) => world.write(path, "{ broken")],
    ["deleted", (world: FunctionWorld, path: string) => world.remove(path)],
  ] as const)
    test(`is what further processes run, though all of its files are ${what}`, async () => {
      const world = await openFunctions({ files: FILES, functions: { processes: 1 } });
      assert.deepEqual(world.app.app.functions.report.faults, []);
      const before = (await world.get("/all")).body;
      assert.deepEqual(before, ["a word", { a: 1 }, [1, 2]]);
      for (const path of Object.keys(FILES)) change(world, path);
      assert.equal((await world.get("/crash")).status, 500);
      assert.deepEqual((await world.get("/all")).body, before);
      await world.close();
    });
});

describe("a file that declares half of a function", () => {
  for (const [what, path, text, told] of [
    [
      "a default function without a trigger",
      "functions/a.ts",
      "export default () => {};",
      /Nothing calls .* export const trigger = "posts\.created".* begins with _/,
    ],
    ["the same in CommonJS", "functions/a.cjs", "module.exports = () => {};", /Nothing calls /],
    [
      "a trigger without a function",
      "functions/a.ts",
      `export const trigger = "posts.created";`,
      /export default async \(\{ db, log \}\) => \{ \.\.\. \}/,
    ],
    [
      "a trigger beside what is no function",
      "functions/a.ts",
      `export const trigger = "posts.created"; export default {};`,
      /export default/,
    ],
    [
      "a trigger that is no text",
      "functions/a.ts",
      "export const trigger = 1; export default () => {};",
      /has to be a text/,
    ],
    ["a job without a function", "jobs/a.ts", `export const schedule = "0 3 * * *";`, /export default/],
    ["what other files import", "functions/a.ts", "export const add = (a: number, b: number) => a + b;", null],
    ["data", "functions/a.ts", "export default { words: [] };", null],
    ["a helper under a name of its own", "functions/_a.ts", "export default () => {};", null],
  ] as const)
    test(`${what} is ${told ? "told" : "fine"}`, async () => {
      const world = await openFunctions({ files: { [path]: text } });
      const { ok, faults } = world.app.app.functions.report;
      await world.close();
      if (told === null) return assert.deepEqual([ok, faults], [true, []]);
      assert.equal(faults[0]?.file, path.replace("functions/", ""));
      assert.match(faults[0]?.message ?? "", told);
    });
});

describe("packages that are linked into node_modules", () => {
  const shout = (word: string) =>
    `import low from "low";\nexport default (text) => (text + low("${word}")).toUpperCase();`;
  const LOW = "export default (text) => text.toLowerCase();";
  const manifest = (name: string): string => JSON.stringify({ name, type: "module", main: "./index.js" });
  const asking = `
    import { readFileSync } from "node:fs";
    import { onRequest } from "bakend";
    import shout from "shout";
    onRequest("GET", "/shout", () => new Response(shout("hello ")));
    onRequest("POST", "/read", async ({ request }) => {
      try { return new Response(readFileSync(await request.text(), "utf8")); } catch { return new Response("refused"); }
    });`;

  const packages: readonly (readonly [
    what: string,
    files: Readonly<Record<string, string>>,
    links: Readonly<Record<string, string>>,
    at?: string,
  ])[] = [
    [
      "npm link",
      { "out/shout/index.js": shout("LINKED"), "out/shout/node_modules/low/index.js": LOW },
      { "node_modules/shout": "out/shout" },
    ],
    [
      "pnpm in a project",
      {
        "node_modules/.pnpm/shout@1/node_modules/shout/index.js": shout("LINKED"),
        "node_modules/.pnpm/low@1/node_modules/low/index.js": LOW,
      },
      {
        "node_modules/shout": "node_modules/.pnpm/shout@1/node_modules/shout",
        "node_modules/.pnpm/shout@1/node_modules/low": "node_modules/.pnpm/low@1/node_modules/low",
      },
    ],
    [
      "pnpm in a workspace",
      {
        "out/node_modules/.pnpm/shout@1/node_modules/shout/index.js": shout("LINKED"),
        "out/node_modules/.pnpm/low@1/node_modules/low/index.js": LOW,
      },
      {
        "node_modules/shout": "out/node_modules/.pnpm/shout@1/node_modules/shout",
        "out/node_modules/.pnpm/shout@1/node_modules/low": "out/node_modules/.pnpm/low@1/node_modules/low",
      },
    ],
    [
      "npm in a workspace",
      {
        "out/package.json": JSON.stringify({ workspaces: ["apps/*", "packages/*"] }),
        "package.json": JSON.stringify({ dependencies: { shout: "1", low: "1" } }),
        "out/node_modules/shout/index.js": shout("LINKED"),
        "out/packages/low/index.js": LOW,
      },
      { "out/node_modules/low": "out/packages/low", "out/node_modules/api": "package.json" },
      "apps/api",
    ],
  ];
  for (const [what, files, links, within] of packages)
    test(`as ${what} does it: they are found, and nothing beside them is open`, async () => {
      const world = await openFunctions({ files: {}, ...(within ? { at: within } : {}) });
      const out = within ? join(world.folder, within.replaceAll(/[^/]+/g, "..")) : `${world.folder}-out`;
      const at = (path: string): string => (path.startsWith("out/") ? out + path.slice(3) : join(world.folder, path));
      const put = (path: string, text: string): void => {
        mkdirSync(dirname(at(path)), { recursive: true });
        writeFileSync(at(path), text);
      };
      for (const [path, text] of Object.entries(files)) {
        put(path, text);
        if (path.endsWith("index.js"))
          put(path.replace(/index\.js$/, "package.json"), manifest(path.split("/").at(-2) ?? ""));
      }
      put("out/beside.txt", "a secret");
      put("closed/package.json", manifest("closed"));
      put("closed/index.js", "export default 1;");
      put("functions/ask.ts", asking);
      for (const [path, to] of Object.entries({ ...links, "node_modules/closed": "closed" })) {
        mkdirSync(dirname(at(path)), { recursive: true });
        symlinkSync(at(to), at(path));
      }
      const { faults } = await world.app.app.functions.load();
      assert.deepEqual(faults, []);
      assert.equal((await world.get("/shout")).text, "HELLO LINKED");
      // Node follows any link in a folder that may be read; on other systems than Linux, Bun refuses nothing
      const held = ["out/beside.txt", "closed/index.js", "node_modules/closed/index.js"];
      for (const path of held.slice(0, CONFINED ? 3 : "Bun" in globalThis ? 0 : 2))
        assert.equal((await world.call("POST", "/api/functions/read", { body: at(path) })).text, "refused", path);
      await world.close();
      rmSync(out, { recursive: true, force: true });
    });
});
