import { ACTIONS, type ExplainedLeaf, type Explanation } from "../../core/collections/index.ts";
import { type Command, type CommandInput, EXIT, UsageError } from "../command.ts";
import { openProjectApp } from "../open-app.ts";
import { configOption, readProject } from "../project.ts";

const explainCommand: Command = {
  name: "rules explain",
  summary: "says why somebody may or may not do something",
  usage: "--as USER --action ACTION --collection NAME [--record ID] [--data JSON] [--config FILE]",
  details: "USER is the id of an account, COLLECTION/ID outside users, or guest. Nothing is changed.",
  positionals: { min: 0, max: 0 },
  options: {
    config: configOption,
    as: { type: "string", value: "USER", summary: "who asks: an id, COLLECTION/ID, or guest" },
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
    const app = await openProjectApp(await readProject(options.config, io), io, { migrations: "manual" });
    try {
      const { collections } = app;
      const [id = "", name = "users"] = as.split("/").reverse();
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
    if (told.before) lines.push("before", ...told.before.leaves.map(describeLeaf));
    if (told.after) lines.push("after", ...told.after.leaves.map(describeLeaf));
  } else lines.push(...told.leaves.map(describeLeaf));
  if (told.count !== undefined) lines.push(`rows let through: ${told.count}`);
  return `${lines.join("\n")}\n`;
}

function describeLeaf({ expression, values, result }: ExplainedLeaf): string {
  const mark = result === true ? "✓" : result === false ? "✗" : "?";
  const sides = Object.entries(values).map(([side, value]) => `${side} ${JSON.stringify(value)}`);
  return `  ${mark} ${expression}${sides.length > 0 ? `  (${sides.join(", ")})` : ""}`;
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

/** `bak rules explain`. */
export const rulesCommands: readonly Command[] = [explainCommand];
