import { getOrAdd } from "../../tools/index.ts";
import type { BakendEvent } from "./event.ts";

/** One of several things that are to be done for a target. */
interface Task {
  readonly target: string;
  /** What happens in order, within a target. */
  readonly key: string;
}

/** What is to be done, in memory: for each target and key one thing after the other, in the order in which they came. */
export interface Queues<T extends Task> {
  add(task: T): void;
  /** How many there are for a target, those under way included. */
  count(target: string): number;
  /** Whether there is any for a target and key. */
  has(target: string, key: string): boolean;
  /** Those for a target, those under way included. */
  all(target: string): readonly T[];
  /** Takes back all those of a target that have not begun. */
  takeBack(target: string): readonly T[];
  /** How many are under way. */
  readonly running: number;
  /** The targets for which there is anything. */
  targets(): readonly string[];
}

/** What queues are made of. */
export interface QueuesDeps<T> {
  /** How many may be under way for each target, whatever there is for others. */
  readonly each: number;
  /** While so many are not under way altogether, a target may have more. */
  readonly together: number;
  /** Whether anything is begun now. */
  goesOn(): boolean;
  /** Does one; never rejects. */
  run(task: T): Promise<void>;
  /** Called when one has ended, and what follows it may begin. */
  ended(task: T): void;
}

interface Line<T> {
  readonly waiting: T[];
  running: T | null;
}

interface TargetQueue<T> {
  readonly lines: Map<string, Line<T>>;
  /** The keys whose next one may begin, in their order. */
  readonly ready: Set<string>;
  running: number;
  count: number;
}

/** Makes empty queues. */
export function createQueues<T extends Task>({ each, together, goesOn, run, ended }: QueuesDeps<T>): Queues<T> {
  const queues = new Map<string, TargetQueue<T>>();
  let running = 0;

  /** Begins what may begin; no target twice before another has had its turn. */
  function go(): void {
    for (let begun = true; begun && goesOn(); ) {
      begun = false;
      for (const queue of queues.values()) {
        if (queue.ready.size === 0 || (queue.running >= each && running >= together)) continue;
        begun = true;
        begin(queue);
      }
    }
  }

  function begin(queue: TargetQueue<T>): void {
    const [key = ""] = queue.ready;
    queue.ready.delete(key);
    const line = queue.lines.get(key);
    const task = line?.waiting.shift();
    if (!line || !task) return;
    line.running = task;
    queue.running += 1;
    running += 1;
    void run(task).then(() => {
      line.running = null;
      queue.running -= 1;
      queue.count -= 1;
      running -= 1;
      if (line.waiting.length > 0) queue.ready.add(key);
      else queue.lines.delete(key);
      if (queue.lines.size === 0) queues.delete(task.target);
      go();
      ended(task);
    });
  }

  return {
    add(task) {
      const queue = getOrAdd(queues, task.target, () => ({ lines: new Map(), ready: new Set(), running: 0, count: 0 }));
      const line = getOrAdd(queue.lines, task.key, () => ({ waiting: [], running: null }));
      line.waiting.push(task);
      queue.count += 1;
      if (line.running === null) queue.ready.add(task.key);
      go();
    },
    count: (target) => queues.get(target)?.count ?? 0,
    has: (target, key) => queues.get(target)?.lines.has(key) ?? false,
    all(target) {
      const lines = [...(queues.get(target)?.lines.values() ?? [])];
      return lines.flatMap(({ running, waiting }) => (running === null ? waiting : [running, ...waiting]));
    },
    takeBack(target) {
      const queue = queues.get(target);
      if (!queue) return [];
      const taken = [...queue.lines.values()].flatMap(({ waiting }) => waiting.splice(0));
      for (const [key, { running }] of queue.lines) if (running === null) queue.lines.delete(key);
      queue.ready.clear();
      queue.count -= taken.length;
      if (queue.lines.size === 0) queues.delete(target);
      return taken;
    },
    get running() {
      return running;
    },
    targets: () => [...queues.keys()],
  };
}

/** What happens in order: the events of one record. Others have nobody to wait for. */
export function keyOf({ payload, id }: BakendEvent): string {
  const about = typeof payload === "object" && payload !== null && "id" in payload ? payload.id : undefined;
  return typeof about === "string" ? about : id;
}
