import { getOrAdd } from "../../tools/index.ts";
import type { BakendEvent } from "./event.ts";

/** Lets deliveries that are kept nowhere wait for each other. */
export interface Lines {
  /** Does a task for a target after those for it about the same record, and beside few others. Settles as the task does. */
  use(target: string, event: BakendEvent, task: () => Promise<void>): Promise<void>;
}

/** Tasks of one target at the same time. */
const AT_ONCE = 4;

/** Makes the lines of all targets. */
export function createLines(): Lines {
  const targets = new Map<string, Slots>();
  /** The last task of each target and record. */
  const lines = new Map<string, Promise<void>>();

  return {
    async use(target, event, task) {
      const name = `${target}\n${keyOf(event)}`;
      const before = lines.get(name) ?? Promise.resolve();
      const slots = getOrAdd(targets, target, () => createSlots(AT_ONCE));
      const line = before.catch(() => undefined).then(() => slots.use(task));
      lines.set(name, line);
      try {
        await line;
      } finally {
        if (lines.get(name) === line) lines.delete(name);
      }
    },
  };
}

/** What happens in order: the events of one record. Others have nobody to wait for. */
export function keyOf({ payload, id }: BakendEvent): string {
  const about = typeof payload === "object" && payload !== null && "id" in payload ? payload.id : undefined;
  return typeof about === "string" ? about : id;
}

interface Slots {
  use<T>(task: () => Promise<T>): Promise<T>;
}

/** Lets so many tasks run at once; the others wait for their turn. */
function createSlots(count: number): Slots {
  let free = count;
  const waiting: (() => void)[] = [];
  return {
    async use(task) {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await task();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else free += 1;
      }
    },
  };
}
