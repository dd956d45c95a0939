import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runBak } from "./bak.ts";

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "bakend-cli-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

function project(name: string, files: Readonly<Record<string, string>>): string {
  const path = join(folder, name);
  mkdirSync(join(path, "collections"), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

describe("exit codes and messages", () => {
  const cases: [name: string, args: string[], code: number, stdout: RegExp, stderr: RegExp][] = [
    ["nothing", [], 2, /^$/, /bak init[\s\S]*bak start/],
    ["help", ["help"], 0, /bak init[\s\S]*bak start[\s\S]*bak dev/, /^$/],
    ["--help", ["--help"], 0, /bak init/, /^$/],
    ["help for a command", ["help", "start"], 0, /bak start \[--config FILE\][\s\S]*--port PORT/, /^$/],
    ["a command's --help", ["init", "--help"], 0, /bak init DIR/, /^$/],
    ["help for nothing known", ["help", "nothing"], 2, /^$/, /there is no command "nothing"/],
    ["version", ["version"], 0, /^bakend \d+\.\d+\.\d+ \(bun /, /^$/],
    ["--version", ["--version"], 0, /^bakend /, /^$/],
    ["a misspelt command", ["strat"], 2, /^$/, /there is no command "strat"; did you mean "bak start"\?/],
    ["an unknown command", ["xylophone"], 2, /^$/, /there is no command "xylophone"\n/],
    ["a misspelt option", ["start", "--confg", "x"], 2, /^$/, /no option --confg; did you mean "--config"\?/],
    ["an unknown short option", ["start", "-x"], 2, /^$/, /no option -x\n/],
    ["an option of objects", ["start", "--constructor"], 2, /^$/, /no option --constructor/],
    ["an option without its value", ["start", "--config"], 2, /^$/, /--config needs a value: --config FILE/],
    ["a value for a flag", ["version", "--json=yes"], 2, /^$/, /--json takes no value/],
    ["a word too many", ["version", "now"], 2, /^$/, /"now" is one word too many/],
    ["a word too few", ["init"], 2, /^$/, /bak init DIR/],
    ["no project here", ["start"], 2, /^$/, /"bak init DIR" makes a project/],
    ["a configuration that is not there", ["start", "--config", "none.json"], 2, /^$/, /none\.json does not exist/],
  ];
  for (const [name, args, code, stdout, stderr] of cases) {
    test(name, async () => {
      const result = await runBak(args, { cwd: folder });
      assert.match(result.stdout, stdout);
      assert.match(result.stderr, stderr);
      assert.equal(result.code, code);
    });
  }

  test("version --json is JSON", async () => {
    const { stdout } = await runBak(["version", "--json"], { cwd: folder });
    assert.deepEqual(Object.keys(JSON.parse(stdout)), ["version", "runtime", "platform"]);
  });
});

describe("a bad project", () => {
  const cases: [
    name: string,
    files: Record<string, string>,
    args: string[],
    env: Record<string, string>,
    code: number,
    stderr: RegExp,
  ][] = [
    [
      "all mistakes at once",
      { "bakend.json": '{"port":-1,"hots":"x"}' },
      [],
      {},
      2,
      /2 mistakes:\n {2}port: -1[\s\S]*did you mean "host"/,
    ],
    ["no JSON", { "bakend.json": "{" }, [], {}, 2, /bakend\.json: this is no JSON/],
    ["a wrong variable", { "bakend.json": "{}" }, [], { BAKEND_PRT: "1" }, 2, /BAKEND_PRT.*did you mean BAKEND_PORT/],
    [
      "a definition that is no JSON",
      { "bakend.json": "{}", "collections/a.json": "{" },
      [],
      {},
      2,
      /a\.json: this is no JSON/,
    ],
    [
      "a definition that is not valid",
      { "bakend.json": "{}", "collections/a.json": '{"name":"a","fields":[{"name":"x","type":"txt"}]}' },
      [],
      {},
      2,
      /collection a is not valid/,
    ],
    ["two configurations", { "bakend.json": "{}", "bakend.config.ts": "" }, [], {}, 2, /name one with --config/],
    ["a module without an export", { "bakend.config.ts": "export const a = 1;" }, [], {}, 2, /no default export/],
    [
      "a module that does not load",
      { "bakend.config.ts": "throw new Error('oh');" },
      [],
      {},
      2,
      /cannot be loaded \(oh\)/,
    ],
    [
      "functions that could read the database",
      { "bakend.json": '{"functions":{"folder":"."}}' },
      [],
      {},
      2,
      /functions\.folder: functions may read this folder, and \S+bakend\.json lies in it/,
    ],
    ["a port that is none", { "bakend.json": "{}" }, ["--port", "70000"], {}, 2, /--port 70000: a port is a number/],
  ];
  for (const [index, [name, files, args, env, code, stderr]] of cases.entries()) {
    test(name, async () => {
      const cwd = project(`bad-${index}`, files);
      const result = await runBak(["start", ...args], { cwd, env });
      assert.match(result.stderr, stderr);
      assert.doesNotMatch(result.stderr, /\n\s+at /);
      assert.equal(result.code, code);
    });
  }
});

describe("init", () => {
  test("makes a project that is private and complete", async () => {
    const { code, stdout } = await runBak(["init", "new/app"], { cwd: folder });
    assert.equal(code, 0);
    assert.match(stdout, /Next: bak dev --config new\/app\/bakend\.json/);
    const app = join(folder, "new/app");
    const config = JSON.parse(readFileSync(join(app, "bakend.json"), "utf8"));
    assert.match(config.secret, /^[\w-]{43}$/);
    assert.equal(statSync(join(app, "bakend.json")).mode & 0o777, 0o600);
    const posts = JSON.parse(readFileSync(join(app, "collections/posts.json"), "utf8"));
    assert.equal(posts.name, "posts");
    assert.deepEqual(Object.keys(posts.permissions).sort(), ["create", "read"]);
    for (const file of [
      "functions/posts.ts",
      "bakend-env.d.ts",
      "tsconfig.json",
      "jobs/cleanup.ts",
      ".gitignore",
      "README.md",
    ])
      statSync(join(app, file));
  });

  test("each project has a secret of its own", async () => {
    const secrets = await Promise.all(
      ["one", "two"].map(async (name) => {
        await runBak(["init", name], { cwd: folder });
        return JSON.parse(readFileSync(join(folder, name, "bakend.json"), "utf8")).secret;
      }),
    );
    assert.notEqual(secrets[0], secrets[1]);
  });

  test("refuses a folder that is not empty", async () => {
    const app = project("full", { "notes.txt": "mine" });
    const { code, stderr } = await runBak(["init", app], { cwd: folder });
    assert.equal(code, 2);
    assert.match(stderr, /is not empty; --force/);
    assert.throws(() => statSync(join(app, "bakend.json")));
  });

  test("--force adds what is missing and overwrites nothing", async () => {
    const app = project("forced", { "README.md": "mine" });
    const { code, stdout } = await runBak(["init", app, "--force"], { cwd: folder });
    assert.equal(code, 0);
    assert.match(stdout, /kept .*README\.md/);
    assert.equal(readFileSync(join(app, "README.md"), "utf8"), "mine");
    statSync(join(app, "bakend.json"));
  });

  test("a file in the place of the folder is an error", async () => {
    const app = project("file", { taken: "" });
    const { code } = await runBak(["init", join(app, "taken")], { cwd: folder });
    assert.equal(code, 1);
  });
});
