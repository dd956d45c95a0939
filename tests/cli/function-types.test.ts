import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { environmentTypes, TYPES_FILE } from "../../src/cli/environment-types/index.ts";

/** A compiler is started: a loaded machine takes its time. */
const LONG = { timeout: 60_000 };
const ROOT = join(import.meta.dirname, "../..");

/** What JSON makes of values of a type: a type, and what is found again. */
const KEPT: readonly (readonly [type: string, kept: string])[] = [
  ["Date", "string"],
  ["string | number | boolean | null", "string | number | boolean | null"],
  [`"a" | "b"`, `"a" | "b"`],
  ["void", "null"],
  ["undefined", "null"],
  ["string | undefined", "string | null"],
  ["() => number", "null"],
  ["symbol", "null"],
  ["bigint", "never"],
  ["unknown", "unknown"],
  ["any", "any"],
  ["{ at: Date; n: number }", "{ at: string; n: number }"],
  ["{ readonly at?: Date }", "{ readonly at?: string }"],
  ["{ at: Date | undefined }", "{ at: string | undefined }"],
  ["{ work(): void; gone: undefined; a: 1 }", "{ a: 1 }"],
  ["{ toJSON(): { at: Date } }", "{ at: string }"],
  ["(Date | undefined)[]", "(string | null)[]"],
  ["readonly Date[]", "readonly string[]"],
  ["[Date, number]", "[string, number]"],
  ["Record<string, Date>", "Record<string, string>"],
  ["{ of: { at: Date }[] }", "{ of: { at: string }[] }"],
];

test("what steps and payloads are typed as is what JSON makes of them", LONG, () => {
  const folder = mkdtempSync(join(tmpdir(), "bakend-types-"));
  const types = environmentTypes([{ name: "posts", fields: [{ name: "title", type: "text", required: true }] }]);
  writeFileSync(join(folder, TYPES_FILE), types);
  const lines = KEPT.map(
    ([type, kept], index) => `const same${index}: Same<Jsonified<${type}>, ${kept}> = true; void same${index};`,
  );
  writeFileSync(
    join(folder, "check.ts"),
    `import type { Collections, JobContext, Jsonified, Steps } from "bakend";
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
${lines.join("\n")}
export default async ({ payload, step, db }: JobContext<{ day: Date }>) => {
  const day: string = payload.day;
  const made = await step.run("make", async () => ({ at: new Date(), day }));
  const at: string = made.at;
  // @ts-expect-error: it is text by then
  made.at.getTime();
  const none: null = await step.run("nothing", () => {});
  const post: Collections["posts"] = await step.run("post", () => db.collection("posts").create({ title: "a" }));
  return [at, none, post];
};
export const generic = async <T>(step: Steps, work: () => T): Promise<Jsonified<T>> => step.run("any", work);
`,
  );
  const compilerOptions = {
    ...{ target: "ESNext", module: "ESNext", moduleResolution: "bundler", strict: true, noEmit: true, types: [] },
    exactOptionalPropertyTypes: true,
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  const { stdout } = spawnSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", folder], { encoding: "utf8" });
  assert.equal(stdout, "");
  rmSync(folder, { recursive: true });
});
