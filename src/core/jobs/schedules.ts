import { type Database, isMissed, type Statement } from "../database/index.ts";
import type { JobDefinition } from "./definition.ts";
import type { Queue } from "./queue.ts";

/** Milliseconds between two looks at the clock. No timer is longer, so no delay is too long for one. */
export const TICK = 1000;

/**
 * Milliseconds by which a clock may be put back without any schedule repeating what it has done. What is noted further ahead was
 * noted by a clock that was wrong, and would keep a schedule silent until then.
 */
const PUT_BACK = 86_400_000;

/** What following schedules needs. */
export interface SchedulesDeps {
  readonly db: Database;
  readonly queue: Pick<Queue, "names" | "add">;
  newId(): string;
  /** Milliseconds since 1970. */
  now(): number;
}

/**
 * Makes what queues the jobs that are due by their schedules: once for each time, whichever process comes first. A schedule
 * that is new, or was changed, counts from when it is first seen. To be called with all jobs that there are.
 */
export function createSchedules({
  db,
  queue,
  newId,
  now,
}: SchedulesDeps): (definitions: readonly JobDefinition[]) => Promise<void> {
  /** What is written, as this process last saw it: of another's files, newer or older ones, it takes no notice. */
  let seen: string | null = null;

  async function see(written: Readonly<Record<string, string>>): Promise<void> {
    const text = JSON.stringify(written);
    if (seen === text) return;
    const begun = Object.entries(written).map(([name, schedule]) => beginSchedule(name, schedule, now()));
    await db.write([forgetSchedules(Object.keys(written)), ...begun]);
    seen = text;
  }

  return async (definitions) => {
    const scheduled = definitions.flatMap(({ schedule, ...one }) => (schedule === null ? [] : [{ schedule, ...one }]));
    await see(
      Object.fromEntries(scheduled.map(({ name, schedule }) => [name, `${schedule.text} ${schedule.timezone}`])),
    );
    if (scheduled.length === 0) return;
    const names = await queue.names();
    for (const { name, schedule, overlap, catchUp, retries } of scheduled) {
      const known = names.get(name);
      const time = now();
      const from = known?.scheduledTo ?? null;
      // none where another process does not know of it
      if (from === null || known?.paused) {
        await db.write([noteSchedule(name, time)]).catch(ignoreLost);
        continue;
      }
      if (from > time + PUT_BACK) {
        await db.write([takeBackSchedule(name, from, time)]).catch(ignoreLost);
        continue;
      }
      const last = schedule.last(time);
      if (last === null || last <= from) continue;
      const late = time - last > 2 * TICK;
      const fresh = {
        ...{ id: newId(), name, priority: 0, runAt: last, maxTries: retries + 1, createdAt: time, depth: 0 },
        payload: { scheduledFor: new Date(last).toISOString() },
        // with "skip", no second one waits behind one that runs
        key: overlap === "skip" ? "schedule" : `schedule ${last}`,
      };
      const note = noteSchedule(name, last);
      const skip = catchUp === "none" && late;
      await (skip ? db.write([note]) : queue.add(fresh, [note])).catch(ignoreLost);
    }
  };
}

/** Another process was quicker, and has done it. */
function ignoreLost(error: unknown): void {
  if (isMissed(error)) return;
  throw error;
}

/** The statement that has a schedule begin, if it is not the one that is noted. One whose text was not noted yet goes on. */
function beginSchedule(name: string, schedule: string, at: number): Statement {
  return {
    sql: `INSERT INTO "_job_names" ("name", "scheduledTo", "schedule") VALUES (?, ?, ?) ON CONFLICT ("name") DO UPDATE SET "scheduledTo" = coalesce(iif("schedule" IS NULL, "scheduledTo", NULL), excluded."scheduledTo"), "schedule" = excluded."schedule" WHERE "schedule" IS NOT excluded."schedule"`,
    params: [name, at, schedule],
  };
}

/** The statement that forgets all schedules but those of these jobs: should they come back, they are new. */
function forgetSchedules(but: readonly string[]): Statement {
  return {
    sql: `UPDATE "_job_names" SET "scheduledTo" = NULL, "schedule" = NULL WHERE "scheduledTo" IS NOT NULL AND "name" NOT IN (SELECT value FROM json_each(?))`,
    params: [JSON.stringify(but)],
  };
}

/** The statement that notes up to when a schedule has been followed, if nobody else has noted as much. */
function noteSchedule(name: string, at: number): Statement {
  return {
    sql: `INSERT INTO "_job_names" ("name", "scheduledTo") VALUES (?, ?) ON CONFLICT ("name") DO UPDATE SET "scheduledTo" = excluded."scheduledTo" WHERE "scheduledTo" IS NULL OR "scheduledTo" < excluded."scheduledTo"`,
    params: [name, at],
    expect: 1,
  };
}

/** Takes back a note of a time that has not come: the clock was ahead. */
function takeBackSchedule(name: string, noted: number, at: number): Statement {
  return {
    sql: `UPDATE "_job_names" SET "scheduledTo" = ? WHERE "name" = ? AND "scheduledTo" = ?`,
    params: [at, name, noted],
    expect: 1,
  };
}
