import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import type { App } from "../../core/app.ts";
import { ACTIONS, type ExplainedLeaf, type Explanation } from "../../core/collections/index.ts";
import { systemPrincipal } from "../../core/principal.ts";
import { CliError, type Command, type CommandInput, EXIT, UsageError } from "../command.ts";
import { openProjectApp } from "../open-app.ts";
import { configOption, type Project, readProject } from "../project.ts";
import { type Outcome, playTable, readTable } from "../rules-test/index.ts";

const explainCommand: Command = {
  name: "rules explain",
  summary: "says why somebody may or may not do something",
  usage: "--as USER --action ACTION --collection NAME [--record ID] [--data JSON] [--config FILE]",
  details: "USER is the address or the id of an account, COLLECTION/ID outside users, or guest. Nothing is changed.",
  positionals: { min: 0, max: 0 },
  options: {
    config: configOption,
    as: { type: "string", value: "USER", summary: "who asks: an address, an id, COLLECTION/ID, or guest" },
    action: { type: "string", value: "ACTION", summary: ACTIONS.join(", ") },
    collection: { type: "string", value: "NAME", summary: "the collection" },
    record: { type: "string", value: "ID", summary: "the record to view, update or delete" },
    data: { type: "string", value: "JSON", summary: "what is sent to create or update" },
    json: { type: "boolean", summary: "the whole explanation as JSON" },
  },
  async run({ options, io }) {
    const as = required(options, "as");
    const word = required(options, "action");
    const collection = required(options, "collection");
    const action = ACTIONS.find((one) => one === word);
    if (!action) throw new UsageError(`--action is one of ${ACTIONS.join(", ")}`);
    const data = parseData(options.data);
    const record = typeof options.record === "string" ? { record: options.record } : {};
    const project = await readProject(options.config, io);
    const { database } = project.config;
    if (!existsSync(database)) throw new CliError(`there is no database ${database} yet; "bak start" makes it`);
    const app = await openProjectApp(project, io, { migrations: "manual" });
    try {
      const { collections } = app;
      const [named = "", name = "users"] = as.split("/").reverse();
      const id = named.includes("@") ? await idOfAddress(app, name, named) : named;
      const told = await collections.explain(as === "guest" ? null : { user: id, collection: name }, {
        collection,
        action,
        ...record,
        ...(data === undefined ? {} : { data }),
      });
      io.out(options.json === true ? `${JSON.stringify(told)}\n` : describe(told));
      return EXIT.ok;
    } catch (error) {
      if (error instanceof Error && "code" in error && (error.code === "not_found" || error.code === "bad_request"))
        throw new UsageError(error.message);
      throw error;
    } finally {
      await app.close();
    }
  },
};

function describe(told: Explanation): string {
  const lines = [`${told.verdict}: ${told.reason}`, `rule: ${told.rule ?? "(none)"}`];
  if (told.before || told.after) {
    if (told.before) lines.push("before", ...describeRule(told.before));
    if (told.after) lines.push("after", ...describeRule(told.after));
  } else lines.push(...describeRule(told));
  if (told.count !== undefined) lines.push(`rows let through: ${told.count}`);
  return `${lines.join("\n")}\n`;
}

function describeRule({ leaves, grants }: Pick<Explanation, "leaves" | "grants">): readonly string[] {
  return [
    ...leaves.map(describeLeaf),
    ...grants.flatMap(({ role, permission, condition, leaves: inIt }) => [
      `  granted to ${role}: ${permission}${condition === null ? "" : ` where ${condition}`}`,
      ...inIt.map((leaf) => `  ${describeLeaf(leaf)}`),
    ]),
  ];
}

function describeLeaf({ expression, values, result }: ExplainedLeaf): string {
  const mark = result === true ? "✓" : result === false ? "✗" : "?";
  const sides = Object.entries(values).map(([side, value]) => `${side} ${JSON.stringify(value)}`);
  return `  ${mark} ${expression}${sides.length > 0 ? `  (${sides.join(", ")})` : ""}`;
}

async function idOfAddress(app: App, collection: string, email: string): Promise<string> {
  const filter = `email = ${JSON.stringify(email.toLowerCase())}`;
  const { items } = await app.as(systemPrincipal("explain")).records(collection).list({ filter, limit: 1 });
  if (!items[0]) throw new UsageError(`--as: there is no account ${email} in ${collection}`);
  return String(items[0].id);
}

function required(options: CommandInput["options"], name: string): string {
  const value = options[name];
  if (typeof value !== "string" || value === "") throw new UsageError(`--${name} is missing`);
  return value;
}

function parseData(text: string | boolean | undefined): unknown {
  if (typeof text !== "string") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError("--data is not valid JSON");
  }
}

/** Where the tables of a project are. */
const TABLES = "tests/rules";

const testCommand: Command = {
  name: "rules test",
  summary: "plays the tables of who may do what",
  usage: "[FILE...] [--config FILE] [--json]",
  details: `Without a file it plays all of ${TABLES}/*.json, on an empty database in memory.`,
  positionals: { min: 0, max: 1000 },
  options: { config: configOption, json: { type: "boolean", summary: "every attempt and its explanation as JSON" } },
  async run({ positionals, options, io }) {
    const started = performance.now();
    const project = await readProject(options.config, io);
    const files = positionals.length > 0 ? positionals.map((one) => resolve(io.cwd, one)) : await tablesOf(project);
    if (files.length === 0) throw new UsageError(`there is no table: put one into ${join(project.folder, TABLES)}`);
    const outcomes: Outcome[] = [];
    for (const file of files) {
      const shown = relative(io.cwd, file);
      const table = readTable(await readFile(file, "utf8").catch(unreadable(shown)), shown);
      const config = { ...project.config, database: ":memory:", migrations: "auto" as const };
      const app = await openProjectApp({ ...project, config }, io, { warnings: false });
      try {
        outcomes.push(...(await playTable(app, table, shown)));
      } finally {
        await app.close();
      }
    }
    const failed = outcomes.filter(({ passed }) => !passed);
    const ms = Math.round(performance.now() - started);
    if (options.json === true)
      io.out(`${JSON.stringify({ passed: outcomes.length - failed.length, failed: failed.length, outcomes })}\n`);
    else {
      for (const one of failed) io.out(describeFailure(one));
      io.out(`${outcomes.length - failed.length} passed, ${failed.length} failed (${files.length} files, ${ms} ms)\n`);
    }
    return failed.length === 0 ? EXIT.ok : EXIT.failure;
  },
};

async function tablesOf({ folder }: Project): Promise<readonly string[]> {
  const entries = await readdir(join(folder, TABLES)).catch(() => []);
  return entries
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => join(folder, TABLES, name));
}

function unreadable(file: string): () => never {
  return () => {
    throw new UsageError(`${file} cannot be read`);
  };
}

function describeFailure({ file, as, attempt, expected, told }: Outcome): string {
  const said = expected === "allow" ? "may not" : "may";
  return `✗ ${file}: ${as} ${said} ${attempt}\n${describe(told).replace(/^/gm, "    ").trimEnd()}\n`;
}

/** `bak rules explain` and `bak rules test`. */
export const rulesCommands: readonly Command[] = [explainCommand, testCommand];
