import { addColumn, type Database, type Statement } from "../database/index.ts";

/** Makes the tables of jobs where they are missing. */
export const JOB_TABLES: readonly Statement[] = [
  `CREATE TABLE IF NOT EXISTS "_jobs" ("id" TEXT NOT NULL PRIMARY KEY, "name" TEXT NOT NULL, "payload" TEXT NOT NULL, "key" TEXT, "priority" INTEGER NOT NULL, "state" TEXT NOT NULL, "runAt" INTEGER NOT NULL, "tries" INTEGER NOT NULL, "maxTries" INTEGER NOT NULL, "createdAt" INTEGER NOT NULL, "endedAt" INTEGER, "error" TEXT, "owner" TEXT, "until" INTEGER NOT NULL DEFAULT 0, "depth" INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID`,
  `CREATE INDEX IF NOT EXISTS "_jobs:due" ON "_jobs" ("priority" DESC, "runAt", "id") WHERE "state" = 'queued'`,
  `CREATE INDEX IF NOT EXISTS "_jobs:running" ON "_jobs" ("name", "until") WHERE "state" = 'running'`,
  `CREATE UNIQUE INDEX IF NOT EXISTS "_jobs:key" ON "_jobs" ("name", "key") WHERE "key" IS NOT NULL AND "state" IN ('queued', 'running')`,
  `CREATE INDEX IF NOT EXISTS "_jobs:ended" ON "_jobs" ("endedAt") WHERE "endedAt" IS NOT NULL`,
  `CREATE TABLE IF NOT EXISTS "_job_runs" ("id" INTEGER PRIMARY KEY, "job" TEXT NOT NULL, "name" TEXT NOT NULL, "attempt" INTEGER NOT NULL, "state" TEXT NOT NULL, "startedAt" INTEGER NOT NULL, "endedAt" INTEGER, "error" TEXT, "lines" TEXT NOT NULL) STRICT`,
  `CREATE INDEX IF NOT EXISTS "_job_runs:name" ON "_job_runs" ("name", "id")`,
  `CREATE INDEX IF NOT EXISTS "_job_runs:job" ON "_job_runs" ("job")`,
  `CREATE TABLE IF NOT EXISTS "_job_names" ("name" TEXT NOT NULL PRIMARY KEY, "scheduledTo" INTEGER, "paused" INTEGER NOT NULL DEFAULT 0, "schedule" TEXT) STRICT, WITHOUT ROWID`,
].map((sql) => ({ sql, params: [] }));

/** Makes what older tables of jobs have not got. */
export async function upgradeJobs(db: Database): Promise<void> {
  await addColumn(db, "_jobs", "depth", "INTEGER NOT NULL DEFAULT 0");
  await addColumn(db, "_job_names", "schedule", "TEXT");
}
