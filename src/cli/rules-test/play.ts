import type { App } from "../../core/app.ts";
import type { Explanation } from "../../core/collections/index.ts";
import { BakendError } from "../../core/errors.ts";
import { UsageError } from "../command.ts";
import { writeFixtures } from "./fixtures.ts";
import type { Attempt, RuleTable } from "./table.ts";

/** One attempt of one caller, and what came of it. */
export interface Outcome {
  readonly file: string;
  readonly as: string;
  /** `update posts/p1`. */
  readonly attempt: string;
  readonly expected: "allow" | "deny";
  readonly passed: boolean;
  readonly told: Explanation;
}

/** The refusals that come of rules; any other is a mistake in the table. */
const REFUSALS: ReadonlySet<string> = new Set(["unauthenticated", "forbidden", "not_found"]);

/**
 * Plays a table on an empty application: writes its records, then asks for each attempt what the door would answer.
 * Nothing that is attempted is kept, so no case depends on another. Throws `UsageError` for a table that does not fit.
 */
export async function playTable(app: App, table: RuleTable, file: string): Promise<readonly Outcome[]> {
  const fixtures = await writeFixtures(app, table, file);
  const outcomes: Outcome[] = [];
  for (const [index, { as, allow, deny }] of table.cases.entries()) {
    const who = as === "guest" ? null : fixtures.account(as, `${file}: cases.${index}.as`);
    for (const [expected, attempts] of [
      ["allow", allow],
      ["deny", deny],
    ] as const) {
      for (const [at, one] of attempts.entries()) {
        const where = `${file}: cases.${index}.${expected}.${at}`;
        const { action, collection, record, data } = one;
        const told = await app.collections
          .explain(who, {
            ...{ collection, action },
            ...(record === null ? {} : { record: fixtures.idOf(collection, record, where) }),
            ...(data === null ? {} : { data: fixtures.resolve(collection, data, where) }),
          })
          .catch((error: unknown) => {
            throw error instanceof BakendError ? new UsageError(`${where}: ${error.message}`) : error;
          });
        if (told.code !== null && !REFUSALS.has(told.code)) throw new UsageError(`${where}: ${told.reason}`);
        // a list that is open but lets nothing through shows nothing
        const verdict = told.count === 0 ? "deny" : told.verdict;
        outcomes.push({ file, as, attempt: describe(one), expected, passed: verdict === expected, told });
      }
    }
  }
  return outcomes;
}

function describe({ action, collection, record, data }: Attempt): string {
  const target = record === null ? collection : `${collection}/${record}`;
  return `${action} ${target}${data && Object.keys(data).length > 0 ? ` ${JSON.stringify(data)}` : ""}`;
}
