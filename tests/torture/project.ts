import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A project in a folder of its own. */
export interface Project {
  readonly config: string;
  readonly database: string;
  remove(): void;
}

const OPEN = { read: "public", create: "public", update: "public", delete: "public" };

/** Every kind of table that a write can touch: the row, a unique index, a relation, links, the full-text index. */
const COLLECTIONS = [
  {
    name: "teams",
    fields: [
      { name: "code", type: "text", required: true, unique: true },
      { name: "title", type: "text", required: true, searchable: true },
      { name: "n", type: "integer", default: 0 },
    ],
    permissions: OPEN,
  },
  {
    name: "items",
    fields: [
      { name: "code", type: "text", required: true, unique: true },
      { name: "title", type: "text", required: true, searchable: true },
      { name: "n", type: "integer", default: 0 },
      { name: "team", type: "relation", collection: "teams", onDelete: "restrict" },
      { name: "tags", type: "relation", collection: "teams", many: true },
      { name: "batch", type: "integer" },
    ],
    indexes: [{ fields: ["batch"] }],
    permissions: OPEN,
  },
];

/** What functions have done: a record for each item that was made, under the id of its event. */
const SEEN = { name: "seen", fields: [{ name: "item", type: "text" }] };

/** What steps have done: a record each time that one is run, with what the step before it has returned. */
const STEPPED = {
  name: "stepped",
  fields: [
    { name: "run", type: "text" },
    { name: "step", type: "text" },
    { name: "of", type: "text" },
  ],
};

/** Three steps with pauses between them; in a function and in a job. */
const STEPS = `
export const walk = async (run, { step, db }) => {
  const mark = (name, of) => step.run(name, async () => (await db.collection("stepped").create({ run, step: name, of })).id);
  const a = await mark("a", "");
  await step.sleep("rest", 50);
  const b = await mark("b", a);
  await step.waitForEvent("more", "items.*", { timeout: 1000 });
  await mark("c", b);
};
`;

const JOB = `
import { walk } from "../functions/_steps.ts";
export const schedule = "* * * * * *";
export const overlap = "allow";
export const retries = 50;
export default (context) => walk(context.job.id, context);
`;

const FUNCTIONS = `
import { onCreate } from "bakend";
import { walk } from "./_steps.ts";
onCreate("teams", async (context) => {
  if (context.record.n % 8 === 0) await walk(context.event.id, context);
});
onCreate("items", async ({ event, record, db }) => {
  await db.collection("seen").create({ id: event.id, item: record.id }).catch((error) => {
    if (error.code !== "conflict") throw error;
  });
});
`;

/** Writes a project into a new folder below the system's temporary one. */
export function makeProject(): Project {
  const folder = mkdtempSync(join(tmpdir(), "bakend-torture-"));
  mkdirSync(join(folder, "collections"));
  mkdirSync(join(folder, "functions"));
  mkdirSync(join(folder, "jobs"));
  writeFileSync(join(folder, "functions/_steps.ts"), STEPS);
  writeFileSync(join(folder, "jobs/walk.ts"), JOB);
  writeFileSync(join(folder, "functions/seen.ts"), FUNCTIONS);
  for (const definition of [...COLLECTIONS, SEEN, STEPPED]) {
    writeFileSync(join(folder, "collections", `${definition.name}.json`), JSON.stringify(definition));
  }
  const config = join(folder, "bakend.json");
  writeFileSync(config, JSON.stringify({ port: 0, database: "./bakend.db", logging: { requests: false } }));
  return {
    config,
    database: join(folder, "bakend.db"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
