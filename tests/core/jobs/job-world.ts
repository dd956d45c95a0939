import { openDatabase } from "../../../src/core/database/index.ts";
import { type BakendEvent, createEventBus, streamOfBus } from "../../../src/core/events/index.ts";
import { defineJob, type JobInput, type Jobs, openJobs } from "../../../src/core/jobs/index.ts";
import { createIdGenerator } from "../../../src/tools/index.ts";
import { sqliteOnThisRuntime } from "../../conformance/connection-platform.ts";

/** When a world begins. */
export const START = Date.parse("2026-03-01T12:00:00.000Z");
export const MINUTE = 60_000;
export const DAY = 86_400_000;

/** In the place of a fault: it pauses for no time. */
export const PAUSE = "pause";

const codeOf = (error: { readonly code?: string }): string => String(error.code);

/** Jobs whose time a test owns. `processes` of them share a database. */
export async function openJobWorld(inputs: Record<string, JobInput>) {
  const { sqlite } = await sqliteOnThisRuntime();
  const db = await openDatabase(sqlite(":memory:", { durability: "normal", threads: false }), {});
  const time = { now: START };
  const newId = createIdGenerator(
    () => time.now,
    (bytes) => crypto.getRandomValues(bytes),
  );
  const told: BakendEvent[] = [];
  const ran: string[] = [];
  const faults = new Map<string, string>();
  const blocked = new Map<string, Promise<void>>();
  const errors: string[] = [];
  const ticks = new Set<() => void>();
  /** Whether the files of jobs can be loaded. */
  const loaded = { yes: true };
  const start = async (owner = "a", own = inputs): Promise<Jobs> => {
    const events = createEventBus({ newId, timestamp: () => "", defer: queueMicrotask, onError: () => undefined });
    events.on("job.*", (event) => void told.push(event));
    return openJobs({
      ...{ db, events, newId, now: () => time.now },
      definitions: () => (loaded.yes ? Object.entries(own).map(([name, input]) => defineJob(name, input)) : []),
      async run({ name, payload, attempt, log, signal, step }) {
        const text = typeof payload === "string" ? payload : "";
        log(`hello ${text}`);
        ran.push(`${owner} ${name} ${text} ${attempt}`.replace(/\s+/g, " "));
        await blocked.get(text || name);
        if (text.startsWith("step"))
          ran.push(await step({ do: "begin", name: text }).then(({ is }) => `${owner} ${is}`, codeOf));
        if (signal.aborted) throw new Error("canceled");
        const fault = faults.get(text || name);
        if (fault === PAUSE) return time.now;
        if (fault) throw new Error(fault);
        return null;
      },
      ...{ stream: streamOfBus(events, "test"), undelivered: { sql: `SELECT NULL AS "id" WHERE false`, params: [] } },
      ...{ ready: () => loaded.yes, onGivenUp: () => undefined },
      every: (_, task) => {
        ticks.add(task);
        return () => void ticks.delete(task);
      },
      onError: (error) => void errors.push(String(error)),
    });
  };
  return {
    ...{ db, time, newId, inputs, loaded, faults, blocked, told, errors, start },
    /** Moves the clock, and lets it tick once. */
    async pass(jobs: Jobs, milliseconds = 0): Promise<void> {
      time.now += milliseconds;
      for (const tick of [...ticks]) tick();
      await jobs.idle();
    },
    /** Like `pass`, without waiting for what does not end. */
    async tick(milliseconds = 0): Promise<void> {
      time.now += milliseconds;
      for (const tick of [...ticks]) tick();
      await new Promise((resolve) => setTimeout(resolve, 20));
    },
    forget: () => ticks.clear(),
    /** Nothing ticks, until the function that is returned is called. */
    sleep(): () => void {
      const asleep = [...ticks];
      ticks.clear();
      return () => {
        for (const tick of asleep) ticks.add(tick);
      };
    },
    take: (): readonly string[] => ran.splice(0),
    close: () => db.close(),
  };
}
