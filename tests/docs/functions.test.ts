import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { environmentTypes } from "../../src/cli/environment-types/index.ts";
import { loadConfig } from "../../src/core/config/index.ts";
import { readDoc, serveProject, type TestServer, testSnippets, writeFiles } from "./snippets.ts";

/** Programs are started: a loaded machine takes its time. */
const LONG = { timeout: 60_000 };
const ROOT = join(import.meta.dirname, "../..");

const doc = readDoc("docs/functions.md");

describe("docs/functions.md", () => {
  let folder = "";
  let server: TestServer | undefined;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "bakend-functions-doc-"));
    writeFiles(doc, folder);
    server = await serveProject(join(folder, "bakend.json"));
  }, LONG);
  after(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  testSnippets(doc, () => server?.url ?? "", LONG);

  test("what it says of events holds", LONG, async () => {
    const call = async (method: string, path: string) => (await fetch(`${server?.url}/api${path}`, { method })).text();
    const audit = async () => JSON.parse(await call("GET", "/audit?sort=createdAt")).items as { what: string }[];
    const [post] = JSON.parse(await call("GET", "/posts")).items;
    await call("DELETE", `/posts/${post.id}`);
    while ((await audit()).length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(
      (await audit()).map(({ what }) => what),
      ["posts.created", "gone"],
    );
  });

  test("its examples fit the types", LONG, () => {
    const users = { name: "users", kind: "auth", fields: [{ name: "email", type: "email", required: true }] } as const;
    const declared = readdirSync(join(folder, "collections")).map((file) =>
      JSON.parse(readFileSync(join(folder, "collections", file), "utf8")),
    );
    const types = environmentTypes([users, ...declared]);
    writeFileSync(join(folder, "bakend-env.d.ts"), types);
    const options = {
      target: "ESNext",
      module: "ESNext",
      moduleResolution: "bundler",
      strict: true,
      noEmit: true,
      types: [],
      allowImportingTsExtensions: true,
    };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions: options, include: ["functions", "*.d.ts"] }),
    );
    const { stdout, status } = spawnSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", folder], { encoding: "utf8" });
    assert.equal(stdout, "");
    assert.equal(status, 0);
  });

  test("its configuration is one", () => {
    const [, text = ""] = /```json\n(\{\n {2}"functions"[\s\S]*?)```/.exec(doc) ?? [];
    const { functions } = loadConfig({ raw: JSON.parse(text), env: {}, readSecret: () => "" });
    assert.equal(functions.hosts.length, 3);
  });
});
