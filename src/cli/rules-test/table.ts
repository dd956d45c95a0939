import { z } from "zod";
import { ACTIONS, type Action } from "../../core/collections/index.ts";
import { UsageError } from "../command.ts";

/** One thing that somebody tries. */
export interface Attempt {
  readonly action: Action;
  readonly collection: string;
  /** The name of a record of the table. */
  readonly record: string | null;
  readonly data: Readonly<Record<string, unknown>> | null;
}

/** What one caller may do, and may not. */
export interface RuleCase {
  /** `guest`, or the name of an account of the table. */
  readonly as: string;
  readonly allow: readonly Attempt[];
  readonly deny: readonly Attempt[];
}

/** A table of rule tests, as read from a file. */
export interface RuleTable {
  /** By name, as `PUT /api/admin/roles/NAME` takes them. */
  readonly roles: Readonly<Record<string, unknown>>;
  /** Records by collection and by a name of the table's own, with which relations and cases speak of them. */
  readonly records: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly cases: readonly RuleCase[];
}

const values = z.record(z.string(), z.unknown());
const attempt = z.union([z.string(), z.strictObject({ do: z.string(), data: values })], {
  error: 'must be such as "view posts/p1" or { "do": "create posts", "data": { ... } }',
});

const schema = z.strictObject({
  $schema: z.string().optional(),
  roles: values.default({}),
  records: z.record(z.string(), z.record(z.string(), values)).default({}),
  cases: z
    .array(z.strictObject({ as: z.string(), allow: z.array(attempt).default([]), deny: z.array(attempt).default([]) }))
    .min(1),
});

/** `update posts/p1`. */
const ATTEMPT = /^(\w+) ([a-z]\w*)(?:\/([^\s/]+))?$/;

/** Reads a table. Throws `UsageError` that names each mistake by its path. */
export function readTable(text: string, file: string): RuleTable {
  const parsed = schema.safeParse(parseJson(text, file));
  if (!parsed.success) {
    const mistakes = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "the file"} ${message}`);
    throw new UsageError(`${file}: ${mistakes.join("; ")}`);
  }
  const { roles, records, cases } = parsed.data;
  return {
    roles,
    records,
    cases: cases.map(({ as, allow, deny }, index) => {
      const read = (side: string) => (one: z.output<typeof attempt>, at: number) =>
        toAttempt(one, `${file}: cases.${index}.${side}.${at}`);
      return { as, allow: allow.map(read("allow")), deny: deny.map(read("deny")) };
    }),
  };
}

function toAttempt(given: z.output<typeof attempt>, where: string): Attempt {
  const [text, data] = typeof given === "string" ? [given, null] : [given.do, given.data];
  const [, word, collection, record = null] = ATTEMPT.exec(text) ?? [];
  const action = ACTIONS.find((one) => one === word);
  if (!action || collection === undefined)
    throw new UsageError(`${where}: "${text}" is not such as "view posts/p1"; actions are ${ACTIONS.join(", ")}`);
  if (record === null && action !== "list" && action !== "create")
    throw new UsageError(`${where}: name the record: "${action} ${collection}/NAME"`);
  if (record !== null && action === "create") throw new UsageError(`${where}: what is created has no name yet`);
  return { action, collection, record, data: data ?? (action === "create" ? {} : null) };
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file} is no JSON (${error instanceof Error ? error.message : String(error)})`);
  }
}
