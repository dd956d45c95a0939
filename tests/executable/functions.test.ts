import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Bare, makeBare, type Served } from "./bare.ts";

const HALF_A_MINUTE = { timeout: 30_000 };

const FILES: Readonly<Record<string, string>> = {
  "bakend.json": JSON.stringify({
    port: 0,
    plugins: ["./plugins/count.ts"],
    functions: { timeout: "1s", env: ["PATH"], folders: ["./assets"] },
  }),
  "collections/notes.json": JSON.stringify({
    name: "notes",
    fields: [{ name: "text", type: "text", required: true }],
    permissions: { read: "public", create: "public" },
  }),
  "functions/hello.ts": `
    import { beforeCreate, onCreate, onRequest, FieldError } from "bakend";
    import shout from "shout";
    import { quiet } from "@scope/quiet";
    import { dot } from "dot";
    import { punctuate } from "./lib/_punctuate";
    type Name = string;
    onRequest("GET", "/hello/:name", ({ params }) => new Response(punctuate(shout(params.name as Name) + quiet("BYE") + dot())));
    beforeCreate("notes", ({ record }) => {
      if (record.text === "no") throw new FieldError("text", "refused", "not this one");
      return { text: record.text.trim() };
    });
    onCreate("notes", async ({ record, db }) => {
      if (!record.text.endsWith("!")) await db.collection("notes").create({ text: record.text + "!" });
    });
    onRequest("GET", "/loop", () => { for (;;); });
    onRequest("GET", "/look", async () => {
      const { readFileSync, writeFileSync } = await import("node:fs");
      const tries = {
        asset: () => readFileSync("assets/text.txt", "utf8"),
        settings: () => readFileSync("bakend.json", "utf8"),
        database: () => readFileSync("bakend.db", "utf8"),
        passwords: () => readFileSync("/etc/passwd", "utf8"),
        byLink: () => readFileSync("node_modules/root/etc/passwd", "utf8"),
        settingsByLink: () => readFileSync("node_modules/self/bakend.json", "utf8"),
        besideLinked: () => readFileSync("node_modules/dot/../beside.txt", "utf8"),
        dotenv: () => process.env.FROM_DOTENV ?? "refused",
        write: () => writeFileSync("functions/made.ts", ""),
        program: () => { Bun.spawnSync([process.execPath, "version"]); return "ran"; },
        kill: () => process.kill(process.ppid, 0),
      };
      const seen = Object.entries(tries).map(([name, look]) => { try { return [name, look()]; } catch { return [name, "refused"]; } });
      return Response.json(Object.fromEntries(seen));
    });
  `,
  "plugins/count.ts": `
    import { BakendError, type Plugin } from "bakend";
    import { named } from "./name";
    let notes = 0;
    export default {
      name: named("count"),
      install({ events, collections, routes }) {
        events.on("notes.created", () => { notes += 1; });
        routes.add("GET", "/notes", async () => Response.json({ heard: notes, there: (await collections.records("notes").list()).items.length }));
        routes.add("GET", "/closed", () => { throw new BakendError("forbidden", "not here"); });
      },
    } satisfies Plugin;
  `,
  "plugins/name.ts": "export const named = (name: string): string => name;",
  "functions/lib/_punctuate.ts": `export const punctuate = (text: string): string => text + ".";`,
  "assets/text.txt": "an asset",
  ".env": "FROM_DOTENV=1\n",
  "node_modules/shout/package.json": JSON.stringify({ name: "shout", main: "./lib/index.js" }),
  "node_modules/shout/lib/index.js": `module.exports = (text) => require("./up.js")(text);`,
  "node_modules/shout/lib/up.js": "module.exports = (text) => text.toUpperCase();",
  "node_modules/@scope/quiet/package.json": JSON.stringify({
    name: "@scope/quiet",
    type: "module",
    exports: { ".": { import: "./quiet.js" } },
  }),
  "node_modules/@scope/quiet/quiet.js": "export const quiet = (text) => text.toLowerCase();",
};

describe("functions in the executable", () => {
  let bare: Bare;
  let elsewhere = "";
  let served: Served;
  before(async () => {
    bare = makeBare();
    for (const [path, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(bare.folder, path)), { recursive: true });
      writeFileSync(join(bare.folder, path), text);
    }
    // a package as npm link leaves it, and links to what must stay closed
    elsewhere = mkdtempSync(join(tmpdir(), "bakend-elsewhere-"));
    mkdirSync(join(elsewhere, "dot"));
    writeFileSync(
      join(elsewhere, "dot/package.json"),
      JSON.stringify({ name: "dot", type: "module", main: "./dot.js" }),
    );
    writeFileSync(join(elsewhere, "dot/dot.js"), `export const dot = () => "..";`);
    writeFileSync(join(elsewhere, "beside.txt"), "a secret");
    for (const [name, to] of [
      ["dot", join(elsewhere, "dot")],
      ["root", "/"],
      ["self", bare.folder],
    ] as const)
      symlinkSync(to, join(bare.folder, "node_modules", name));
    served = await bare.serve("--config", "bakend.json");
  }, HALF_A_MINUTE);
  after(async () => {
    assert.equal(await served.stop(), 0);
    bare.remove();
    rmSync(elsewhere, { recursive: true, force: true });
  });
  const get = async (path: string) => {
    const response = await fetch(`${served.url}/api${path}`);
    return { status: response.status, text: await response.text() };
  };
  const make = async (text: string) => {
    const headers = { "content-type": "application/json" };
    return (await fetch(`${served.url}/api/notes`, { method: "POST", headers, body: JSON.stringify({ text }) })).status;
  };

  test("a relative import, packages beside them, and a virtual module", async () => {
    assert.deepEqual(await get("/functions/hello/ann"), { status: 200, text: "ANNbye..." });
  });

  test("hooks and events", async () => {
    assert.equal(await make("no"), 400);
    assert.equal(await make("  yes "), 201);
    for (;;) {
      const { items } = JSON.parse((await get("/notes?sort=createdAt")).text);
      if (items.length < 2) continue;
      assert.deepEqual(
        items.map((item: { text: string }) => item.text),
        ["yes", "yes!"],
      );
      break;
    }
  });

  test("plugins that the configuration names", async () => {
    assert.deepEqual(JSON.parse((await get("/plugins/count/notes")).text), { heard: 2, there: 2 });
    assert.equal((await get("/plugins/count/closed")).status, 403);
  });

  test("a loop holds up nobody", async () => {
    const loop = get("/functions/loop");
    assert.equal((await get("/functions/hello/bob")).text, "BOBbye...");
    assert.equal((await loop).status, 504);
    assert.equal((await get("/functions/hello/cem")).text, "CEMbye...");
  });

  test("functions reach what is granted and nothing else", { skip: process.platform !== "linux" }, async () => {
    assert.deepEqual(JSON.parse((await get("/functions/look")).text), {
      asset: "an asset",
      settings: "refused",
      database: "refused",
      passwords: "refused",
      byLink: "refused",
      settingsByLink: "refused",
      besideLinked: "refused",
      dotenv: "refused",
      write: "refused",
      program: "refused",
      kill: "refused",
    });
  });
});
