import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MigrationPlan } from "../../../../src/core/collections/index.ts";
import { OPEN, openApp, type TestApp } from "../../../support/app.ts";
import { succeed } from "../../../support/scenario.ts";

export type Field = Readonly<Record<string, unknown>> & { readonly name: string; readonly type: string };

/** A collection that is open to everybody. */
export function collection(name: string, fields: readonly Field[], more: Readonly<Record<string, unknown>> = {}) {
  return { name, fields, permissions: OPEN, ...more };
}

/** Runs `work` with the path of a database file that is gone afterwards. */
export async function withFile(work: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "bakend-"));
  try {
    await work(join(folder, "app.db"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Opens the app over a file, hands it on, and closes it whatever happens. */
export async function withApp<T>(
  path: string,
  collections: readonly unknown[],
  work: (app: TestApp) => Promise<T>,
): Promise<T> {
  const app = await openApp({ path, collections });
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

/** Creates records, in order: collection, fields. */
export async function fill(app: TestApp, rows: readonly (readonly [string, unknown])[]): Promise<void> {
  for (const [name, body] of rows) await succeed(app, "POST", `/api/${name}`, body);
}

/** What must hold of any database between two requests. */
export async function checkWhole(app: TestApp): Promise<void> {
  assert.deepEqual(await app.sql("PRAGMA foreign_key_check"), []);
  assert.deepEqual(await app.sql("PRAGMA integrity_check"), [{ integrity_check: "ok" }]);
  assert.deepEqual(await app.sql("PRAGMA foreign_keys"), [{ foreign_keys: 1 }]);
  const left = await app.sql(`SELECT name FROM sqlite_schema WHERE name LIKE '%:new'`);
  assert.deepEqual(left, [], "a table of a migration is left");
  for (const { name } of app.app.collections.schema.catalog().collections) {
    const answer = await app.call("GET", `/api/${name}`);
    assert.equal(answer.status, 200, `${name}: ${answer.text}`);
  }
}

/** The definitions, the tables' SQL and all rows, to see that nothing has changed at all. */
export async function wholeState(app: TestApp): Promise<string> {
  const schema = await app.sql("SELECT type, name, sql FROM sqlite_schema ORDER BY name");
  const definitions = app.app.collections.schema.catalog().collections.map((one) => one.definition);
  return JSON.stringify([schema, definitions, await app.dump()]);
}

/** The words of a plan's steps, without those about indexes. */
export function words(plan: MigrationPlan): readonly string[] {
  return plan.steps.map((step) => step.words).filter((text) => !/ index on /.test(text));
}
