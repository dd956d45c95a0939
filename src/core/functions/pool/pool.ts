import type { Trigger } from "../registry.ts";
import { CANCELED, type Call, type Outcome, type Standing } from "./call.ts";
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

/**
 * Calls that run in one process at the same time, of those that as many others wait for: a call and the hook before what it
 * writes do not wait for each other's place.
 */
const PER_PROCESS = 32;

/** Those of them that nobody waits for, however many others there are: events go on while requests come without end. */
const UNAWAITED_AT_LEAST = 4;

/** Most calls are such. */
const NEXT: Standing = { awaited: true, depth: 0 };

/** Milliseconds that an awaited call waits for a process, at least: as long as it takes to start one on a busy machine. */
const PATIENCE = 5000;

/** Milliseconds without a reaction after which a process counts as busy with itself. */
const STUCK = 25;

/** Processes beyond the ones kept ready, in the place of those that are stuck or run a call alone. */
const EXTRA = 2;

/** Calls that run alone at the same time: they must not have every process. */
const ALONE = 2;

/** Milliseconds for which a call that only may have ended a process waits to run alone, before it runs beside others. */
const ALONE_PATIENCE = 1000;

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
  let last = 0;
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
    // nobody needs it any more
    if (state === "killed" || (state === "retiring" && queue.size === 0)) return;
    failedStarts += 1;
    const reason = loaded.ok ? "its functions are not those of the first process" : String(loaded.faults[0]?.message);
    deps.onFailedStart(reason, pauseAfter(failedStarts, LONGEST_AFTER_STARTS));
    // another version may be able to run it
    if (state === "retiring" && failedStarts > FREE_FAILURES) queue.refuse(reason);
    worker.kill(reason);
  }

  /**
   * Starts what is missing: processes in the place of ended ones, and of those that take nothing while calls wait. What waited
   * before the pool was retired is its own to run.
   */
  function refill(): void {
    if (state === "killed" || pause !== undefined || shape === "") return;
    const alive = [...workers].filter((worker) => !worker.leaving);
    const more = queue.size > 0 ? alive.filter((worker) => !isShared(worker)).length : 0;
    const kept = state === "running" ? processes : Math.min(queue.size, 1);
    const missing = kept + Math.min(more + (waitsForItsOwn() ? 1 : 0), EXTRA) - alive.length;
    if (missing <= 0) return;
    const delay = Math.max(pauseAfter(failedStarts, LONGEST_AFTER_STARTS), pauseAfter(crashes, LONGEST_AFTER_CALLS));
    if (delay === 0) {
      for (let count = 0; count < missing; count += 1) void begin(spawn());
      return;
    }
    pause = timers.set(() => {
      pause = undefined;
      if (state !== "killed") void begin(spawn());
    }, delay);
  }

  /** Hands out what waits, and brings the number of processes to what it should be. */
  function dispatch(): void {
    timers.clear(look);
    look = undefined;
    for (;;) {
      const next = queue.take(roomForUnawaited(), placeOf);
      if (next === undefined) break;
      void give(next.place, next.waiting);
    }
    refill();
    if (state === "retiring" && queue.size === 0) for (const worker of workers) worker.retire();
    if (state !== "running" && queue.size === 0 && workers.size === 0) drained.resolve();
    // that a process is stuck shows only by waiting
    if (queue.size > 0 && state !== "killed") look = timers.set(dispatch, STUCK);
    else if (workers.size > processes) dismissSpare();
  }

  /** The process that can take a call now. */
  function placeOf(waiting: Waiting): Worker | undefined {
    const worker = leastBusy(waiting.call);
    if (worker === undefined || !isSuspected(waiting) || canBeAlone(worker)) return worker;
    // others that run alone may take long, or wait for what this one does
    const { index } = waiting.call.trigger;
    const mustBeAlone = waiting.undone || suspects.isGuilty(index);
    return mustBeAlone || timers.now() - waiting.since < ALONE_PATIENCE ? undefined : worker;
  }

  const isSuspected = ({ undone, call }: Waiting): boolean => undone || suspects.has(call.trigger.index);
  const canBeAlone = (worker: Worker): boolean => worker.running === 0 && alone.size < ALONE;

  /** Whether a call waits although a process takes calls: it has to run alone, and this one has others. */
  function waitsForItsOwn(): boolean {
    const waiting = roomForUnawaited() ? queue.size : queue.awaited;
    return waiting > 0 && alone.size < ALONE && leastBusy(NEXT) !== undefined;
  }

  function leastBusy(call: Standing): Worker | undefined {
    let best: Worker | undefined;
    for (const worker of workers) {
      if (!worker.open || worker.runningBeside(call) >= PER_PROCESS || !isShared(worker)) continue;
      if (!best || worker.running < best.running) best = worker;
    }
    return best;
  }

  /** Calls of events begin as long as half of all places are free, and a few of them whatever else runs. */
  function roomForUnawaited(): boolean {
    let running = 0;
    let unawaited = 0;
    for (const worker of workers) {
      running += worker.running;
      unawaited += worker.unawaited;
    }
    return running < (processes * PER_PROCESS) / 2 || unawaited < processes * UNAWAITED_AT_LEAST;
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

  async function give(worker: Worker, waiting: Waiting): Promise<void> {
    const { call, tries, resolve } = waiting;
    const { index } = call.trigger;
    if (call.signal?.aborted) return resolve(CANCELED);
    const lonely = isSuspected(waiting) && canBeAlone(worker);
    if (lonely) alone.add(worker);
    const running = worker.run(call);
    if (suspects.isGuilty(index)) {
      // its process is unlikely to be there afterwards
      worker.sacrifice();
      refill();
    }
    const ended = await running;
    if (lonely) alone.delete(worker);
    if ("unbegun" in ended || "undone" in ended) {
      const undone = "undone" in ended;
      const detail = undone ? ended.detail : "its process ended before it began";
      // one that may have been it costs others nothing more
      if (undone) suspects.ended(index, false);
      if (state === "killed" || tries >= MAX_TRIES) resolve({ ok: false, reason: "ended", detail });
      else {
        if (undone) deps.onAgain(call.trigger, detail);
        const lost = undone || ended.lost;
        const again = lost ? { tries: tries + 1, undone: undone || waiting.undone, since: timers.now() } : {};
        queue.putBack({ ...waiting, ...again });
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

  function kill(reason: string): void {
    state = "killed";
    timers.clear(pause);
    timers.clear(look);
    queue.refuse(reason);
    if (workers.size === 0) drained.resolve();
    for (const worker of workers) worker.kill(reason);
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
      } else kill("its functions cannot be loaded");
      return loaded;
    },
    run(call) {
      if (state !== "running")
        return Promise.resolve({ ok: false, reason: "overloaded", detail: "functions are being stopped" });
      return new Promise((resolve) => {
        const waiting = { call, number: ++last, tries: 1, undone: false, since: timers.now(), resolve };
        const worker = queue.size === 0 && (call.awaited || roomForUnawaited()) ? placeOf(waiting) : undefined;
        if (worker) {
          void give(worker, waiting);
          return;
        }
        queue.add(waiting);
        dispatch();
      });
    },
    retire() {
      if (state === "running") state = "retiring";
      // how many are missing is another question now
      timers.clear(pause);
      pause = undefined;
      dispatch();
      return drained.promise;
    },
    kill: () => kill("functions are being stopped"),
  };
}

function pauseAfter(failures: number, longest: number): number {
  return failures <= FREE_FAILURES ? 0 : Math.min(longest, 50 * 2 ** (failures - FREE_FAILURES));
}
