import type { Database, Statement } from "../database/index.ts";
import { BakendError } from "../errors.ts";
import { compilePattern } from "../events/index.ts";
import { WAIT_INDEX, type Waits } from "./waits.ts";

/** What a running job asks about one of its steps. */
export type StepAsk =
  /** Whether it has been done. */
  | { readonly do: "begin"; readonly name: string }
  /** It has been done, with this result. */
  | { readonly do: "end"; readonly name: string; readonly value: unknown }
  /** The job is to go on after so many milliseconds. */
  | { readonly do: "sleep"; readonly name: string; readonly milliseconds: number }
  /** The job is to go on when an event of this kind happens, or after so many milliseconds. */
  | { readonly do: "wait"; readonly name: string; readonly pattern: string; readonly milliseconds: number };

/** `done`: with its result; `open`: to be done now; `until`: the job ends here, and goes on then. */
export type StepAnswer =
  | { readonly is: "done"; readonly value: unknown }
  | { readonly is: "open" }
  | { readonly is: "until"; readonly at: number };

/** Makes the table of steps where it is missing. */
export const STEP_TABLE: readonly Statement[] = [
  {
    sql: `CREATE TABLE IF NOT EXISTS "_steps" ("job" TEXT NOT NULL, "name" TEXT NOT NULL, "value" TEXT, "until" INTEGER, "pattern" TEXT, "since" TEXT, PRIMARY KEY ("job", "name")) STRICT, WITHOUT ROWID`,
    params: [],
  },
  WAIT_INDEX,
];

/** The steps of jobs, kept until the job has ended: a step that is done is not done again. */
export interface Steps {
  /** @throws BakendError `bad_request` */
  ask(job: string, ask: StepAsk): Promise<StepAnswer>;
}

/** What steps need. */
export interface StepsDeps {
  readonly db: Database;
  readonly waits: Waits;
  now(): number;
}

const NAME_LENGTH = 200;
const LONGEST = 10 * 365 * 86_400_000;

/** Makes the steps of a database. */
export function createSteps({ db, waits, now }: StepsDeps): Steps {
  const found = async (job: string, name: string) => {
    const { rows } = await db.read({
      sql: `SELECT "value", "until" FROM "_steps" WHERE "job" = ? AND "name" = ?`,
      params: [job, name],
    });
    return rows[0];
  };
  const end = async (job: string, name: string, value: unknown): Promise<void> => {
    await db.write([
      {
        sql: `INSERT INTO "_steps" ("job", "name", "value") VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "value" = coalesce("value", excluded."value")`,
        params: [job, name, JSON.stringify(value ?? null)],
      },
    ]);
  };
  /** A pause that is begun once, however often it is asked for. */
  const pause = async (
    job: string,
    name: string,
    milliseconds: number,
    pattern: string | null,
  ): Promise<StepAnswer> => {
    if (!Number.isFinite(milliseconds) || milliseconds < 0 || milliseconds > LONGEST)
      throw new BakendError("bad_request", "A step waits for milliseconds, ten years at most.");
    if (pattern !== null) compilePattern(pattern);
    const since = pattern === null ? null : await waits.place();
    await db.write([
      {
        sql: `INSERT INTO "_steps" ("job", "name", "until", "pattern", "since") VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
        params: [job, name, Math.round(now() + milliseconds), pattern, since],
      },
    ]);
    const row = await found(job, name);
    if (row?.value != null) return { is: "done", value: JSON.parse(String(row.value)) };
    const at = Number(row?.until ?? now());
    if (at <= now()) {
      await end(job, name, null);
      return { is: "done", value: null };
    }
    if (pattern !== null) waits.look();
    return { is: "until", at };
  };

  return {
    async ask(job, ask) {
      const { name } = ask;
      if (name === "" || name.length > NAME_LENGTH)
        throw new BakendError("bad_request", `A step has a name of at most ${NAME_LENGTH} characters.`);
      switch (ask.do) {
        case "begin": {
          const row = await found(job, name);
          return row?.value == null ? { is: "open" } : { is: "done", value: JSON.parse(String(row.value)) };
        }
        case "end":
          await end(job, name, ask.value);
          return { is: "done", value: ask.value };
        case "sleep":
          return pause(job, name, ask.milliseconds, null);
        case "wait":
          return pause(job, name, ask.milliseconds, ask.pattern);
      }
    },
  };
}
