import type { Trigger } from "../registry.ts";
import type { Call, Outcome } from "./call.ts";
import { createQueue, type Waiting } from "./queue.ts";
import { createSuspects } from "./suspects.ts";
import { createTurns } from "./turns.ts";
import { createWorker, type Loaded, type Worker, type WorkerDeps } from "./worker.ts";

/** Children that run the same version of the functions. */
export interface Pool {
  /** Starts the first child and has it load the functions, then the others; resolves when all of them have tried. */
  start(): Promise<Loaded>;
  run(call: Call): Promise<Outcome>;
  /** Takes no more calls; those that it has may finish, then its processes end. Resolves when they are gone. */
  retire(): Promise<void>;
  /** Ends every process at once. */
  kill(): void;
}

/** What a pool is made of. */
export interface PoolDeps extends Omit<WorkerDeps, "turns"> {
  /** Processes that are kept ready. */
  readonly processes: number;
  /** Told of a process that did not get as far as taking calls, and of the milliseconds until the next is started. */
  onFailedStart(reason: string, pause: number): void;
  /** Told of a function that has ended its process by itself, once. */
  onGuilty(trigger: Trigger): void;
  /** Told of a call that begins once more, and how its process has ended. */
  onAgain(trigger: Trigger, detail: string): void;
}

/** Calls that run in one process at the same time. */
const PER_PROCESS = 32;

/** Milliseconds that an awaited call waits for a process, at least: as long as it takes to start one on a busy machine. */
const PATIENCE = 5000;

/** Milliseconds without a reaction after which a process counts as busy with itself. */
const STUCK = 25;

/** Processes beyond the ones kept ready, in the place of those that are stuck or run a call alone. */
const EXTRA = 2;

/** Calls that run alone at the same time: they must not have every process. */
const ALONE = 2;

/** Failures in a row that cost no pause; the longest pause after starts that failed, and after processes that had worked. */
const FREE_FAILURES = 3;
const LONGEST_AFTER_STARTS = 10_000;
const LONGEST_AFTER_CALLS = 200;

/** How often a call is given to a process that ends without having begun it, or with others that may have ended it. */
const MAX_TRIES = 3;

/** Makes a pool. Nothing runs before `start`. */
export function createPool(deps: PoolDeps): Pool {
  const { timers, processes, timeout, runner } = deps;
  const workers = new Set<Worker>();
  const queue = createQueue(timers, Math.max(timeout, PATIENCE));
  const suspects = createSuspects(timers);
  const alone = new Set<Worker>();
  const turns = createTurns({ timers, processors: () => runner.processors() });
  const drained = Promise.withResolvers<void>();
  let state: "running" | "retiring" | "killed" = "running";
  let failedStarts = 0;
  let crashes = 0;
  let shape = "";
  let pause: unknown;
  let look: unknown;

  /** Whether a process has time for several calls. */
  const isShared = (worker: Worker): boolean => !alone.has(worker) && !(worker.open && worker.silence() >= STUCK);

  function spawn(): Worker {
    const worker = createWorker({ ...deps, turns });
    workers.add(worker);
    void worker.gone.then((spared) => {
      workers.delete(worker);
      if (!spared) crashes += 1;
      if (workers.size === 0 && state !== "running") drained.resolve();
      dispatch();
    });
    return worker;
  }

  /** A further child has to declare the same as the first, or its calls would be other functions'. */
  async function begin(worker: Worker): Promise<void> {
    const loaded = await worker.loaded;
    if (loaded.ok && JSON.stringify(loaded.triggers) === shape) {
      failedStarts = 0;
      return dispatch();
    }
    if (state !== "running") return;
    failedStarts += 1;
    const reason = loaded.ok ? "its functions are not those of the first process" : String(loaded.faults[0]?.message);
    deps.onFailedStart(reason, pauseAfter(failedStarts, LONGEST_AFTER_STARTS));
    worker.kill(reason);
  }

  /** Starts what is missing: processes in the place of ended ones, and of those that take nothing while calls wait. */
  function refill(): void {
    if (state !== "running" || pause !== undefined || shape === "") return;
    const alive = [...workers].filter((worker) => !worker.leaving);
    const more = queue.size > 0 ? alive.filter((worker) => !isShared(worker)).length : 0;
    const missing = processes + Math.min(more + (waitsForItsOwn() ? 1 : 0), EXTRA) - alive.length;
    if (missing <= 0) return;
    const delay = Math.max(pauseAfter(failedStarts, LONGEST_AFTER_STARTS), pauseAfter(crashes, LONGEST_AFTER_CALLS));
    if (delay === 0) {
      for (let count = 0; count < missing; count += 1) void begin(spawn());
      return;
    }
    pause = timers.set(() => {
      pause = undefined;
      if (state === "running") void begin(spawn());
    }, delay);
  }

  /** Hands out what waits, and brings the number of processes to what it should be. */
  function dispatch(): void {
    timers.clear(look);
    look = undefined;
    while (queue.size > 0) {
      const worker = leastBusy();
      const next = worker && queue.take(roomForUnawaited(), ({ call }) => takes(worker, call));
      if (!worker || !next) break;
      void give(worker, next);
    }
    refill();
    if (state === "retiring" && queue.size === 0) for (const worker of workers) worker.retire();
    // that a process is stuck shows only by waiting
    if (queue.size > 0 && state !== "killed") look = timers.set(dispatch, STUCK);
    else if (workers.size > processes) dismissSpare();
  }

  /** Whether a process that takes calls can take this one. */
  function takes(worker: Worker, { trigger }: Call): boolean {
    return !suspects.has(trigger.index) || (worker.running === 0 && alone.size < ALONE);
  }

  /** Whether a call waits although a process takes calls: it has to run alone, and this one has others. */
  function waitsForItsOwn(): boolean {
    const waiting = roomForUnawaited() ? queue.size : queue.awaited;
    return waiting > 0 && alone.size < ALONE && leastBusy() !== undefined;
  }

  function leastBusy(): Worker | undefined {
    let best: Worker | undefined;
    for (const worker of workers) {
      if (!worker.open || worker.running >= PER_PROCESS || !isShared(worker)) continue;
      if (!best || worker.running < best.running) best = worker;
    }
    return best;
  }

  /** Calls of events leave half of the places to those that somebody waits for. */
  function roomForUnawaited(): boolean {
    let running = 0;
    for (const worker of workers) running += worker.running;
    return running < (processes * PER_PROCESS) / 2;
  }

  function dismissSpare(): void {
    const open = [...workers].filter((worker) => worker.open && isShared(worker));
    if (open.length > processes) open.find((worker) => worker.running === 0)?.retire();
  }

  /** A call failed in a process: whether it has ended with the call, or was spared. */
  function judge(trigger: Trigger, spared: boolean, lonely: boolean): void {
    if (spared) suspects.survived(trigger.index);
    else if (suspects.ended(trigger.index, lonely)) deps.onGuilty(trigger);
  }

  async function give(worker: Worker, { call, tries, resolve }: Waiting): Promise<void> {
    const { index } = call.trigger;
    const lonely = suspects.has(index);
    if (lonely) alone.add(worker);
    const running = worker.run(call);
    if (suspects.isGuilty(index)) {
      // its process is unlikely to be there afterwards
      worker.sacrifice();
      refill();
    }
    const ended = await running;
    alone.delete(worker);
    if ("unbegun" in ended || "undone" in ended) {
      const lost = "undone" in ended || ended.lost;
      const detail = "undone" in ended ? ended.detail : "its process ended before it began";
      // one that may have been it costs others nothing more
      if ("undone" in ended) suspects.ended(index, false);
      if (state === "killed" || tries >= MAX_TRIES) resolve({ ok: false, reason: "ended", detail });
      else {
        if ("undone" in ended) deps.onAgain(call.trigger, detail);
        queue.add({ call, resolve, tries: lost ? tries + 1 : tries });
      }
    } else {
      if (ended.ok || ended.reason === "thrown") {
        crashes = 0;
        if (lonely) suspects.survived(index);
      } else void worker.gone.then((spared) => judge(call.trigger, spared, lonely));
      resolve(ended);
    }
    if (queue.size > 0 || state !== "running" || workers.size > processes) dispatch();
  }

  return {
    async start() {
      let first = spawn();
      let loaded = await first.loaded;
      // a process may crash for reasons of its own, such as memory that the machine has not got at the moment
      for (let tries = 1; !loaded.ok && loaded.crashed && tries < MAX_TRIES && state === "running"; tries += 1) {
        first = spawn();
        loaded = await first.loaded;
      }
      if (loaded.ok) {
        shape = JSON.stringify(loaded.triggers);
        // calls that come at once would all go to the first
        await Promise.all(Array.from({ length: processes - 1 }, () => begin(spawn())));
      } else {
        state = "killed";
        first.kill("its functions cannot be loaded");
      }
      return loaded;
    },
    run(call) {
      if (state !== "running")
        return Promise.resolve({ ok: false, reason: "overloaded", detail: "functions are being stopped" });
      return new Promise((resolve) => {
        const waiting = { call, tries: 1, resolve };
        const worker = queue.size === 0 && (call.awaited || roomForUnawaited()) ? leastBusy() : undefined;
        if (worker && takes(worker, call)) {
          void give(worker, waiting);
          return;
        }
        queue.add(waiting);
        dispatch();
      });
    },
    retire() {
      if (state === "running") state = "retiring";
      timers.clear(pause);
      if (workers.size === 0) drained.resolve();
      dispatch();
      return drained.promise;
    },
    kill() {
      state = "killed";
      timers.clear(pause);
      timers.clear(look);
      queue.refuse("functions are being stopped");
      for (const worker of workers) worker.kill("functions are being stopped");
    },
  };
}

function pauseAfter(failures: number, longest: number): number {
  return failures <= FREE_FAILURES ? 0 : Math.min(longest, 50 * 2 ** (failures - FREE_FAILURES));
}
