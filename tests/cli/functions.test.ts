import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Running, runBak, startBak } from "./bak.ts";

const ROOT = join(import.meta.dirname, "../..");

describe("functions of a project under bak dev", () => {
  let folder = "";
  let bak: Running;
  let url = "";
  const write = (path: string, text: string): void => {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const get = async (path: string): Promise<string> => (await fetch(`${url}/api/functions${path}`)).text();
  const until = async (path: string, expected: RegExp): Promise<void> => {
    for (;;) {
      const text = await get(path);
      if (expected.test(text)) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  before(async () => {
    folder = join(mkdtempSync(join(tmpdir(), "bakend-dev-")), "app");
    await runBak(["init", folder], { cwd: tmpdir() });
    write("functions/answer.ts", answering("first"));
    bak = startBak(["dev", "--json", "--port", "0", "--config", join(folder, "bakend.json")], { cwd: folder });
    const [line = ""] = await bak.until(/\{"event":"ready".*\}/);
    const ready = JSON.parse(line);
    assert.deepEqual(ready.functions, { ok: true, functions: 5, confined: process.platform === "linux" });
    url = ready.url;
  });
  after(async () => {
    bak.child.kill("SIGTERM");
    assert.equal(await bak.ended, 0);
    rmSync(join(folder, ".."), { recursive: true, force: true });
  });

  test("the example of a new project works, and tsc accepts it", async () => {
    assert.equal(await get("/hello/World"), `{"hello":"World","posts":0}`);
    const made = await fetch(`${url}/api/posts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ title: "  Hello " }),
    });
    assert.equal((await made.json()).title, "Hello");
    const { stdout, status } = spawnSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", folder], { encoding: "utf8" });
    assert.equal(stdout, "");
    assert.equal(status, 0);
  });

  test("a change is in force without a restart", async () => {
    await until("/answer", /^first$/);
    write("functions/answer.ts", answering("second"));
    await until("/answer", /^second$/);
    await bak.until(/Functions loaded in \d+ ms: 5 in 3 files/);
  });

  test("so is a change of what a function imports, and a new file in a new folder", async () => {
    write("functions/_lib/word.ts", `export const word: string = "third";`);
    write("functions/answer.ts", `import { word } from "./_lib/word.ts";\n${answering("$" + "{word}")}`);
    await until("/answer", /^third$/);
    write("functions/_lib/word.ts", `export const word: string = "fourth";`);
    await until("/answer", /^fourth$/);
    write("functions/deep/down/more.ts", answering("deep", "/deep"));
    await until("/deep", /^deep$/);
  });

  for (const [name, text, told] of [
    ["does not compile", "export const broken = ;\n", /functions\S* cannot be loaded: answer\.ts:1: /],
    ["throws when it is loaded", "const a = 1;\nthrow new Error('at load');\n", /answer\.ts:2: at load/],
    ["declares nonsense", answering("x", "no path"), /answer\.ts:2: \S*no path\S* is not a path/],
    [
      "takes a path that is taken",
      answering("x", "/hello/:other"),
      /GET \/hello\/:\w+ is there already, in (posts|answer)\.ts/,
    ],
  ] as const) {
    test(`a file that ${name} leaves the version before in force, and is told`, async () => {
      write("functions/answer.ts", text);
      await bak.until(told);
      assert.equal(await get("/deep"), "deep");
      assert.equal(await get("/answer"), "fourth");
    });
  }

  test("so does a change of a collection meanwhile", async () => {
    const posts = JSON.parse(readFileSync(join(folder, "collections/posts.json"), "utf8"));
    posts.fields.push({ name: "shelf", type: "text" });
    write("collections/posts.json", JSON.stringify(posts));
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ title: "  Meanwhile ", shelf: "a" });
    await bak.until(/Reloaded in/);
    const made = await fetch(`${url}/api/posts`, { method: "POST", headers, body });
    // a hook has seen it
    assert.equal((await made.json()).title, "Meanwhile");
    assert.deepEqual([await get("/deep"), await get("/answer")], ["deep", "fourth"]);
  });

  test("and the mended file is taken over", async () => {
    write("functions/answer.ts", answering("fifth"));
    await until("/answer", /^fifth$/);
  });

  test("the types follow the collections", async () => {
    const posts = JSON.parse(readFileSync(join(folder, "collections/posts.json"), "utf8"));
    posts.fields.push({ name: "score", type: "integer", required: true, default: 0 });
    write("collections/posts.json", JSON.stringify(posts));
    while (!/score: number;/.test(readFileSync(join(folder, "bakend-env.d.ts"), "utf8")))
      await new Promise((resolve) => setTimeout(resolve, 10));
    await until("/answer", /^fifth$/);
  });
});

describe("a change of the configuration under bak dev", () => {
  test("is told to functions by the names of the settings, without values", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bakend-config-"));
    const config = (settings: object): void =>
      writeFileSync(
        join(folder, "bakend.json"),
        JSON.stringify({ secret: randomBytes(32).toString("base64url"), ...settings }),
      );
    config({});
    mkdirSync(join(folder, "functions"));
    writeFileSync(
      join(folder, "functions/heard.ts"),
      `import { onEvent } from "bakend";\nonEvent("system.config_changed", ({ event, log }) => log.info("heard", event.payload));\n`,
    );
    const bak = startBak(["dev", "--json", "--port", "0"], { cwd: folder });
    await bak.until(/\{"event":"ready".*\}/);
    config({ host: "localhost", docs: false });
    const [told] = await bak.until(/heard \{.*\}/);
    assert.match(told, /^heard \{\\?"settings\\?":\[\\?"docs\\?",\\?"secret\\?"\]\}/);
    bak.child.kill("SIGTERM");
    assert.equal(await bak.ended, 0);
    rmSync(folder, { recursive: true, force: true });
  });
});

describe("a project without functions under bak dev", () => {
  for (const added of ["functions/answer.ts", "jobs/work.ts"])
    test(`the types are there once ${added} is`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "bakend-dev-"));
      writeFileSync(join(folder, "bakend.json"), "{}");
      const bak = startBak(["dev", "--json", "--port", "0"], { cwd: folder });
      await bak.until(/\{"event":"ready".*\}/);
      const types = join(folder, "bakend-env.d.ts");
      assert.equal(existsSync(types), false);
      mkdirSync(join(folder, added, ".."));
      writeFileSync(join(folder, added), `export const trigger = "posts.created";\nexport default () => {};\n`);
      await bak.until(/Functions loaded/);
      while (!existsSync(types)) await new Promise((resolve) => setTimeout(resolve, 10));
      bak.child.kill("SIGTERM");
      assert.equal(await bak.ended, 0);
      rmSync(folder, { recursive: true, force: true });
    });
});

describe("functions that cannot be loaded at the start", () => {
  test("the server starts, says so, and refuses what hooks should have seen", async () => {
    const folder = join(mkdtempSync(join(tmpdir(), "bakend-broken-")), "app");
    await runBak(["init", folder], { cwd: tmpdir() });
    writeFileSync(join(folder, "functions/more.ts"), "throw new Error('not today');\n");
    const bak = startBak(["start", "--port", "0", "--config", join(folder, "bakend.json")], { cwd: folder });
    const [, url] = await bak.until(/API\s+(\S+)\/api\n/);
    assert.match(bak.stdout(), /functions +NOT LOADED/);
    await bak.until(/more\.ts:1: not today/);
    const list = await fetch(`${url}/api/posts`);
    assert.equal(list.status, 200);
    const body = JSON.stringify({ title: "unseen" });
    const headers = { "content-type": "application/json" };
    const made = await fetch(`${url}/api/posts`, { method: "POST", headers, body });
    assert.equal(made.status, 503);
    bak.child.kill("SIGTERM");
    assert.equal(await bak.ended, 0);
    rmSync(join(folder, ".."), { recursive: true, force: true });
  });
});

function answering(text: string, path = "/answer"): string {
  return `import { onRequest } from "bakend";\nonRequest("GET", "${path}", () => new Response(\`${text}\`));\n`;
}
