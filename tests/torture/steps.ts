import { Database } from "bun:sqlite";

/** Milliseconds in which all that was begun must have ended: a job is left alone for 15 s by whoever takes over. */
const PATIENCE = 120_000;

/** What steps have done. */
export interface Stepped {
  readonly faults: readonly string[];
  /** Runs of functions and of jobs that were begun, and ended. */
  readonly runs: number;
  /** Steps that were run again, as the server was killed before it had noted their end. */
  readonly again: number;
}

/**
 * Waits until every run that has begun has come to its last step, and looks whether a step was run again that had been done:
 * whatever comes after it carries what it returned, and was made after it.
 */
export async function checkSteps(database: string): Promise<Stepped> {
  const until = performance.now() + PATIENCE;
  for (;;) {
    const { owed, failed } = open(database, OWED) as { owed: number; failed: number };
    const late = performance.now() > until;
    if (owed === 0 || failed > 0 || late) {
      const faults = [
        ...(failed > 0 ? [`${failed} jobs, or functions that had paused, have failed`] : []),
        ...(owed > 0 ? [`${owed} runs have not ended`] : []),
      ];
      const { runs, again, twice, torn } = open(database, DONE) as Record<"runs" | "again" | "twice" | "torn", number>;
      if (twice > 0) faults.push(`${twice} steps were run again after they were done`);
      if (torn > 0) faults.push(`${torn} runs got different results of the same step`);
      if (runs === 0) faults.push("nothing was run in steps");
      return { faults, runs, again };
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const OWED = `SELECT
  (SELECT count(*) FROM _events e WHERE type = 'teams.created' AND (payload ->> 'n') % 8 = 0
    AND NOT EXISTS (SELECT 1 FROM stepped s WHERE s.run = e.id AND s.step = 'c'))
  + (SELECT count(*) FROM _jobs j WHERE name = 'walk' AND j.createdAt < unixepoch('subsec') * 1000 - 10000
    AND NOT EXISTS (SELECT 1 FROM stepped s WHERE s.run = j.id AND s.step = 'c'))
  + (SELECT count(*) FROM _jobs WHERE name <> 'walk' AND state IN ('queued', 'running')) AS owed,
  (SELECT count(*) FROM _jobs WHERE state = 'failed') AS failed`;

const DONE = `SELECT
  (SELECT count(DISTINCT run) FROM stepped) AS runs,
  (SELECT count(*) - count(DISTINCT run || step) FROM stepped) AS again,
  (SELECT count(*) FROM stepped x JOIN stepped y ON x.run = y.run AND x.step < y.step AND x.id > y.id) AS twice,
  (SELECT count(*) FROM (SELECT run, step FROM stepped GROUP BY run, step HAVING count(DISTINCT "of") > 1)) AS torn`;

function open(database: string, sql: string): unknown {
  const db = new Database(database);
  try {
    db.run("PRAGMA busy_timeout = 10000");
    return db.query(sql).get();
  } finally {
    db.close();
  }
}
