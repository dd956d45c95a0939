import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Command, type CommandInput, type CommandOption, EXIT } from "../command.ts";
import { refusalLines, type Sides, stepLines, warningLines, withSides } from "../migrate/index.ts";
import { configOption } from "../project.ts";

const common: Readonly<Record<string, CommandOption>> = {
  config: configOption,
  json: { type: "boolean", summary: "prints JSON" },
};
const force: CommandOption = { type: "boolean", summary: "the files win over changes made in the database" };

const statusCommand: Command = {
  name: "migrate status",
  summary: "compares collections/*.json with the database",
  usage: "[--config FILE]",
  positionals: { min: 0, max: 0 },
  options: { ...common, force, check: { type: "boolean", summary: "exits with 1 if anything is to be applied" } },
  run: (input) =>
    withSides(input, { create: false }, async ({ schema, declared }) => {
      const { options, io } = input;
      const status = await schema.status(declared, { force: options.force === true });
      const { steps, losses, obstacles, warnings } = status.plan;
      const pending = steps.length > 0 || !status.safe;
      if (options.json === true) {
        const words = steps.map((step) => step.words);
        io.out(
          `${JSON.stringify({ pending, safe: status.safe, steps: words, losses, obstacles, warnings, drift: status.drift })}\n`,
        );
      } else {
        io.out(pending ? `To be applied:\n${stepLines(status.plan, false)}` : "Nothing is to be applied.\n");
        if (status.drift.length > 0)
          io.out(`Files and database differ:\n${status.drift.map((one) => `  - ${one}\n`).join("")}`);
        const refusal = refusalLines(status, false);
        if (refusal !== "") io.out(`A person has to decide:\n${refusal}`);
        io.out(warningLines(status.plan));
      }
      return pending && options.check === true ? EXIT.failure : EXIT.ok;
    }),
};

const planCommand: Command = {
  name: "migrate plan",
  summary: "shows what would be done, with its SQL",
  usage: "[--config FILE]",
  positionals: { min: 0, max: 0 },
  options: { ...common, force },
  run: (input) =>
    withSides(input, { create: false }, async ({ schema, declared }) => {
      const status = await schema.status(declared, { force: input.options.force === true });
      if (input.options.json === true)
        input.io.out(`${JSON.stringify({ ...status.plan, drift: status.drift, safe: status.safe })}\n`);
      else {
        input.io.out(status.plan.steps.length === 0 ? "Nothing is to be applied.\n" : stepLines(status.plan, true));
        input.io.out(`${refusalLines(status, false)}${warningLines(status.plan)}`);
      }
      return EXIT.ok;
    }),
};

const applyCommand: Command = {
  name: "migrate apply",
  summary: "applies collections/*.json to the database, in one transaction",
  usage: "[--config FILE]",
  details: "What would lose data is refused, and so is what was changed both in a file and in the database.",
  positionals: { min: 0, max: 0 },
  options: {
    ...common,
    force,
    "allow-data-loss": { type: "boolean", summary: "also drops what holds data" },
  },
  run: (input) => withSides(input, { create: true }, (sides) => apply(sides, input)),
};

async function apply({ schema, declared }: Sides, { options, io }: CommandInput): Promise<number> {
  const how = { force: options.force === true, allowDataLoss: options["allow-data-loss"] === true };
  const status = await schema.status(declared, how);
  const refusal = refusalLines(status, how.allowDataLoss);
  if (refusal !== "") {
    if (options.json === true) io.out(`${JSON.stringify({ applied: false, ...status.plan, drift: status.drift })}\n`);
    io.err(`Nothing was applied:\n${refusal}`);
    return EXIT.failure;
  }
  // also without a step: the database then knows that the files say what it has
  const { steps } = await schema.apply(declared, how);
  if (options.json === true) io.out(`${JSON.stringify({ applied: true, steps: steps.map((step) => step.words) })}\n`);
  else io.out(steps.length === 0 ? "Nothing is to be applied.\n" : `Applied:\n${stepLines({ steps }, false)}`);
  return EXIT.ok;
}

const historyCommand: Command = {
  name: "migrate history",
  summary: "lists what was applied and when, the newest first",
  usage: "[--config FILE]",
  positionals: { min: 0, max: 0 },
  options: common,
  run: (input) =>
    withSides(input, { create: false }, async ({ schema }) => {
      const history = await schema.history();
      if (input.options.json === true) input.io.out(`${JSON.stringify(history)}\n`);
      else if (history.length === 0) input.io.out("Nothing was applied yet.\n");
      else
        input.io.out(
          history.map((one) => `${one.appliedAt}  ${one.steps.map(({ words }) => words).join("; ")}\n`).join(""),
        );
      return EXIT.ok;
    }),
};

const pullCommand: Command = {
  name: "migrate pull",
  summary: "writes collections/*.json as the database has them",
  usage: "[--config FILE]",
  details: "A collection's file is overwritten. Files of collections that the database does not have stay as they are.",
  positionals: { min: 0, max: 0 },
  options: common,
  run: (input) =>
    withSides(input, { create: false }, async ({ schema, project, declared }) => {
      const written: string[] = [];
      const definitions = schema.catalog().collections.map((one) => one.definition);
      for (const definition of definitions) {
        const known = project.collections.find((file) => nameOf(file.definition) === definition.name);
        const file = known?.file ?? join("collections", `${definition.name}.json`);
        const path = join(project.folder, file);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, `${JSON.stringify(definition, null, 2)}\n`);
        written.push(file);
      }
      // the database now knows that the files say the same; only collections of its own are named here
      const names = new Set(definitions.map(({ name }) => name));
      const others = declared.filter((one) => !names.has(nameOf(one) ?? ""));
      if (existsSync(project.config.database)) await schema.apply(definitions);
      if (input.options.json === true) input.io.out(`${JSON.stringify({ written })}\n`);
      else
        input.io.out(
          written.length === 0
            ? "The database has no collections.\n"
            : written.map((file) => `wrote  ${file}\n`).join(""),
        );
      if (others.length > 0)
        input.io.err(`not in the database: ${others.map((one) => nameOf(one) ?? "(unnamed)").join(", ")}\n`);
      return EXIT.ok;
    }),
};

function nameOf(definition: unknown): string | undefined {
  if (typeof definition !== "object" || definition === null || !("name" in definition)) return undefined;
  return typeof definition.name === "string" ? definition.name : undefined;
}

/** `bak migrate status`, `plan`, `apply`, `history` and `pull`. */
export const migrateCommands: readonly Command[] = [
  statusCommand,
  planCommand,
  applyCommand,
  historyCommand,
  pullCommand,
];
