import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { linkedPackages, workspaceOf } from "../../../src/adapters/process/linked-packages.ts";

describe("packages that are linked into node_modules", () => {
  let root = "";
  before(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "bakend-linked-")));
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  let count = 0;
  /** What may be read where these are linked into a project's node_modules: paths from a folder that holds all. */
  const opened = (
    links: Readonly<Record<string, string>>,
    packages: readonly string[] = [],
    closed: readonly string[] = ["app/bakend.json", "data/bakend.db", "data/storage"],
    manifests: Readonly<Record<string, object>> = {},
  ): readonly string[] => {
    count += 1;
    const base = join(root, String(count));
    const put = (path: string): void => {
      mkdirSync(dirname(join(base, path)), { recursive: true });
      writeFileSync(join(base, path), "{}");
    };
    for (const path of ["app/bakend.json", "data/bakend.db", "data/storage/files/a"]) put(path);
    for (const path of packages) put(`${path}/package.json`);
    for (const [path, manifest] of Object.entries(manifests)) {
      put(path);
      writeFileSync(join(base, path), JSON.stringify(manifest));
    }
    for (const [path, to] of Object.entries(links)) {
      mkdirSync(dirname(join(base, path)), { recursive: true });
      symlinkSync(to, join(base, path));
    }
    const found = linkedPackages(
      join(base, "app"),
      workspaceOf(join(base, "app")),
      closed.map((path) => join(base, path)),
    );
    return found.map((path) => path.slice(base.length + 1)).sort();
  };
  const M = "app/node_modules";

  for (const [what, links, packages, expected] of [
    ["none", {}, [`${M}/plain`], []],
    ["a package elsewhere", { [`${M}/a`]: "../../lib/a" }, ["lib/a"], ["lib/a"]],
    ["by way of another link", { [`${M}/a`]: "../../global/a", "global/a": "../lib/a" }, ["lib/a"], ["lib/a"]],
    ["under a scope", { [`${M}/@x/a`]: "../../../lib/a" }, ["lib/a", `${M}/@x/b`], ["lib/a"]],
    ["a whole scope", { [`${M}/@x`]: "../../lib" }, ["lib/a", "lib/b"], ["lib/a", "lib/b"]],
    ["within node_modules", { [`${M}/a`]: ".pnpm/a@1/node_modules/a" }, [`${M}/.pnpm/a@1/node_modules/a`], []],
    [
      "a store of pnpm elsewhere",
      { [`${M}/a`]: "../../node_modules/.pnpm/a@1/node_modules/a" },
      ["node_modules/.pnpm/a@1/node_modules/a"],
      ["node_modules/.pnpm"],
    ],
    ["one of the project", { [`${M}/a`]: "../packages/a" }, ["app/packages/a"], ["app/packages/a"]],
    ["to nothing", { [`${M}/a`]: "../../gone" }, [], []],
    ["to itself", { [`${M}/a`]: "a" }, [], []],
    ["to what is no package", { [`${M}/a`]: "../../lib" }, ["lib/a"], []],
    ["to the project", { [`${M}/a`]: "../../app" }, ["app"], []],
    ["to what holds the project", { [`${M}/a`]: "../../../.." }, ["."], []],
    ["to the folder of the database", { [`${M}/a`]: "../../data" }, ["data"], []],
    ["to the same by another way", { [`${M}/a`]: "../../way", way: "data" }, ["data"], []],
    ["into the storage", { [`${M}/a`]: "../../data/storage/files" }, ["data/storage/files"], []],
    ["to the root", { [`${M}/a`]: "/" }, [], []],
    ["to the machine's settings", { [`${M}/a`]: "/etc" }, [], []],
    ["what only has a place beside it", { [`${M}/.bin`]: "../../lib" }, ["lib"], []],
  ] as const)
    test(`${what}: ${expected.join(", ") || "nothing"}`, () => assert.deepEqual(opened(links, packages), expected));

  const ROOT = { "package.json": { workspaces: ["*"] } };
  const app = (...names: readonly string[]) => ({
    "app/package.json": { dependencies: Object.fromEntries(names.map((name) => [name, "*"])) },
  });
  const siblings = { "node_modules/@x/a": "../../lib/a", "node_modules/b": "../lib/b", "node_modules/app": "../app" };
  for (const [what, links, packages, manifests, expected] of [
    ["its packages", {}, ["node_modules/a"], ROOT, ["node_modules"]],
    ["none, as none is marked as its root", {}, ["node_modules/a"], { "package.json": {} }, []],
    ["pnpm's", {}, ["node_modules/a"], { "pnpm-workspace.yaml": {} }, ["node_modules"]],
    ["siblings that it does not need", siblings, ["lib/a", "lib/b"], ROOT, ["node_modules"]],
    ["a sibling that it needs", siblings, ["lib/a", "lib/b"], { ...ROOT, ...app("@x/a") }, ["lib/a", "node_modules"]],
    [
      "one that this needs, and so on in a circle",
      siblings,
      [],
      {
        ...{ ...ROOT, ...app("@x/a") },
        "lib/a/package.json": { devDependencies: { b: "*" } },
        "lib/b/package.json": { peerDependencies: { "@x/a": "*", app: "*" } },
      },
      ["lib/a", "lib/b", "node_modules"],
    ],
    ["no way out by a name", {}, ["lib"], { ...ROOT, ...app("../lib", "..", "a/../../lib") }, ["node_modules"]],
    ["a broken list", siblings, ["lib/a"], { ...ROOT, "app/package.json": { dependencies: 1 } }, ["node_modules"]],
    ["a closed sibling", { "node_modules/d": "../data" }, ["data"], { ...ROOT, ...app("d") }, ["node_modules"]],
  ] as const)
    test(`in a workspace, ${what}: ${expected.join(", ") || "nothing"}`, () => {
      const found = opened({ [`${M}/.keep`]: "..", ...links }, ["node_modules/one", ...packages], undefined, manifests);
      assert.deepEqual(found, expected);
    });

  test("what is closed is so by whichever way it is named, and before it is there", () => {
    const links = { [`${M}/a`]: "../../lib/a", way: "lib/a" };
    assert.deepEqual(opened(links, ["lib/a"], ["way/new/bakend.db"]), []);
  });
});
