import { type Database, isMissed } from "../database/index.ts";
import type { JobDefinition } from "./definition.ts";
import { noteSchedule, type Queue, takeBackSchedule } from "./queue.ts";

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

/** Makes what queues the jobs that are due by their schedules: once for each time, whichever process comes first. */
export function createSchedules({
  db,
  queue,
  newId,
  now,
}: SchedulesDeps): (definitions: readonly JobDefinition[]) => Promise<void> {
  return async (definitions) => {
    const scheduled = definitions.filter((one) => one.schedule !== null);
    if (scheduled.length === 0) return;
    const names = await queue.names();
    for (const { name, schedule, overlap, catchUp, retries } of scheduled) {
      const known = names.get(name);
      const time = now();
      const from = known?.scheduledTo ?? null;
      // a job that is seen for the first time has missed nothing
      if (from === null || known?.paused) {
        await db.write([noteSchedule(name, time)]).catch(ignoreLost);
        continue;
      }
      if (from > time + PUT_BACK) {
        await db.write([takeBackSchedule(name, from, time)]).catch(ignoreLost);
        continue;
      }
      const last = schedule?.last(time) ?? null;
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
