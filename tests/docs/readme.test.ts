import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runBak } from "../cli/bak.ts";
import { readDoc, serveProject, type TestServer, testSnippets } from "./snippets.ts";

/** Programs are started: a loaded machine takes its time. */
const LONG = { timeout: 60_000 };

const ROOT = join(import.meta.dirname, "../..");
const CITIES = 135_233;
const doc = readDoc("README.md");

// The example runs in processes of its own, the same ones whoever starts them: once is enough.
const skip = process.versions.bun === undefined ? false : "the test on Node runs it";

describe("README.md over examples/world", { skip }, () => {
  let folder = "";
  let server: TestServer | undefined;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "bakend-world-"));
    const data = join(folder, "data");
    cpSync(join(ROOT, "examples/world/bakend.json"), join(folder, "bakend.json"));
    cpSync(join(ROOT, "examples/world/collections"), join(folder, "collections"), { recursive: true });
    const bun = join(ROOT, "node_modules/.bin/bun");
    const [code] = await once(spawn(bun, [join(ROOT, "examples/world/prepare.ts"), data]), "close");
    assert.equal(code, 0);
    for (const [collection, key, count] of [
      ["countries", "neighbours=code3", 250],
      ["cities", "country=code", CITIES],
    ] as const) {
      const args = ["import", collection, join(data, `${collection}.ndjson`), "--key", key, "--json"];
      const { stdout, stderr } = await runBak(args, { cwd: folder });
      assert.equal(JSON.parse(stdout || "{}").created, count, stderr);
    }
    server = await serveProject(join(folder, "bakend.json"));
  }, LONG);

  after(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  testSnippets(doc, () => server?.url ?? "", LONG);

  test("a walk by cursor meets every city once", LONG, async () => {
    const ids = new Set<string>();
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page = await list(`sort=-population&fields=id&limit=500${cursor === "" ? "" : `&cursor=${cursor}`}`);
      for (const { id } of page.items) ids.add(String(id));
      cursor = page.next;
    }
    assert.equal(ids.size, CITIES);
  });

  test("distances rise and stay below 50 km", LONG, async () => {
    const distance = "distance(position, 48.8566, 2.3522)";
    const query = new URLSearchParams({ filter: `${distance} < 50`, sort: distance, limit: "500", fields: "position" });
    const { items } = await list(String(query));
    const far = items.map(({ position }) => kilometres(position as { lat: number; lng: number }, 48.8566, 2.3522));
    assert.ok(far.length > 100 && far.every((km, index) => km < 50 && km >= (far[index - 1] ?? 0) - 1e-6));
  });

  test("neighbours are countries", LONG, async () => {
    const answer = await fetch(`${server?.url}/api/countries?limit=500&fields=id,code,neighbours`);
    const { items } = (await answer.json()) as { items: { id: string; code: string; neighbours: string[] }[] };
    const byId = new Map(items.map((country) => [country.id, country]));
    assert.equal(items.find(({ code }) => code === "CH")?.neighbours.length, 5);
    for (const { id, code, neighbours } of items) {
      for (const other of neighbours) assert.ok(other !== id && byId.has(other), code);
    }
  });

  async function list(query: string) {
    const answer = await fetch(`${server?.url}/api/cities?${query}`);
    assert.equal(answer.status, 200);
    return (await answer.json()) as { items: Record<string, unknown>[]; next: string | null };
  }
});

/** The great-circle distance on a sphere of 6,371.0088 km, by the haversine formula. */
function kilometres({ lat, lng }: { lat: number; lng: number }, lat2: number, lng2: number): number {
  const rad = Math.PI / 180;
  const a =
    Math.sin(((lat2 - lat) * rad) / 2) ** 2 +
    Math.cos(lat * rad) * Math.cos(lat2 * rad) * Math.sin(((lng2 - lng) * rad) / 2) ** 2;
  return 2 * 6371.0088 * Math.asin(Math.sqrt(a));
}
