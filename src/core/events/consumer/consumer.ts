import { createInTurn, createRounds } from "../../../tools/index.ts";
import { createQueues, keyOf } from "../queues.ts";
import { createAttempts, type Failure } from "./attempts.ts";
import { type Ending, openBacklog } from "./backlog.ts";
import type { NewDelivery, Place } from "./deliveries.ts";
import type { ConsumerDeps } from "./deps.ts";
import { createInsistence } from "./insistence.ts";
import { LEASE, openLease } from "./lease.ts";

/**
 * Brings every event of a stream to whatever it is for, at least once: what was begun and not noted as done is delivered
 * again after a crash. Deliveries about one record are made one after the other, in the order of its events, for each target;
 * one that fails is tried again, ever more seldom, and those that follow it wait. In the end it is given up and kept for
 * somebody to look at. What a target that does not keep up has not done is kept in the database, for it to take up at its own
 * pace: no other waits for it.
 */
export interface Consumer {
  /**
   * Looks again at what is wanted, and at what is kept: a delivery that was given up may be tried again. Resolves once what
   * happens from now on is sure to be seen.
   */
  wake(): Promise<void>;
  /** Resolves once everything that could be delivered so far has been. */
  idle(): Promise<void>;
  /** Takes up nothing new, waits for what is under way, and leaves the rest to others. */
  stop(): Promise<void>;
}

/** Events that are read at once. */
const PAGE = 100;

/** Deliveries to one target that are in memory, and how far the place may be behind what has been read. */
const ROOM = 1000;

/** Milliseconds that a target with no room may take for what is in memory: one that takes longer does not keep up. */
const PATIENCE = 2000;

/** Deliveries under way at the same time: while there are so many of all targets; and of each one in any case. */
const AT_ONCE = 16;
const AT_ONCE_EACH = 4;

/** Milliseconds between two looks for what is to be tried again. */
const LOOK_EVERY = 1000;

/** How often a delivery is tried before it is given up: over about a quarter of an hour. */
export const MAX_TRIES = 10;

/** Milliseconds before a delivery is tried for the second time; each further time it is twice as long. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 10 * 60_000;

/** One delivery in memory. */
interface Task extends Place {
  readonly tries: number;
  /** When it came into memory. */
  readonly since: number;
  /** Whether it is kept in the database: then its event is done without it. */
  kept: boolean;
}

/** Opens a consumer: it goes on where it was left, or with the present if there was none of its name. */
export async function openConsumer(deps: ConsumerDeps): Promise<Consumer> {
  const { stream, now } = deps;
  const lease = await openLease(deps, (await stream.ends()).newest);
  const backlog = openBacklog(deps);
  const queues = createQueues<Task>({
    ...{ each: AT_ONCE_EACH, together: deps.apart ? 0 : AT_ONCE },
    ...{ goesOn: () => !stopped, run: (task) => run(task).catch(deps.onError), ended },
  });
  /** Everything up to here is done, or kept. */
  let position = -1;
  /** Everything up to here has been taken up. */
  let taken = -1;
  let noted = -1;
  let held = 0;
  let stopped = false;
  /** Whoever waits for what somebody else has changed to be known. */
  let told: PromiseWithResolvers<void> | null = null;
  /** Whether events pass by unread: nothing wants any. */
  let passing = false;
  /** Whether other processes may have changed something meanwhile. */
  let isStale = false;
  let offNews: (() => void) | null = null;
  /** Of events that are not done, the deliveries that are left; in the order of the events. */
  const open = new Map<number, Set<Task>>();
  /** Sent when a delivery has ended, and at each look. */
  let stirred = Promise.withResolvers<void>();
  const inTurn = createInTurn();
  const attempts = createAttempts(deps);
  const { insist, again } = createInsistence({ isStopped: () => stopped, onError: deps.onError });
  const { rests } = attempts;
  const isPaused = (target: string): boolean => deps.isPaused?.(target) ?? false;

  /** Whether this process may work now; learns what others have done meanwhile. */
  const hold = (): Promise<boolean> =>
    inTurn(async () => {
      const asked = now();
      if (asked < held - LEASE / 2) return true;
      const place = await lease.hold();
      if (place === null) {
        goTo(-1);
        held = 0;
        return false;
      }
      if (asked >= held) {
        if (place !== noted) goTo(place);
        await backlog.reload();
      }
      held = asked + LEASE;
      return true;
    });

  /** Another process has gone on meanwhile, or does now: what is in memory is its work. */
  function goTo(place: number): void {
    for (const target of queues.targets()) queues.takeBack(target);
    open.clear();
    position = place;
    taken = place;
    noted = place;
  }

  /** Listens for news only while something is wanted: to be called for every event costs every write. */
  function attend(): void {
    const wanted = !stopped && deps.isWanted();
    if (wanted) offNews ??= stream.onNews(rounds.ask);
    else {
      offNews?.();
      offNews = null;
      passing = true;
    }
  }

  async function pump(): Promise<void> {
    do {
      await heed();
      if (offNews === null || (position < 0 && !(await hold()))) return;
      await takeKept();
    } while (!stopped && position >= 0 && (await takePage()));
    advance();
    if (open.size === 0 && (position - noted >= PAGE || (position > noted && held > now()))) await note();
  }

  const rounds = createRounds({
    round: () => pump().catch(deps.onError),
    goesOn: () => !stopped,
    onError: deps.onError,
  });

  /** Looks at what is wanted, and at what somebody else has changed. */
  async function heed(): Promise<void> {
    const waiting = told;
    told = null;
    try {
      attend();
      if (offNews === null) return;
      if (passing) await wakeUp();
      if (waiting && (await hold())) await backlog.reload();
    } finally {
      waiting?.resolve();
    }
  }

  /** What comes now is wanted; what has passed by meanwhile was not. */
  async function wakeUp(): Promise<void> {
    passing = false;
    if (!(await hold())) return;
    taken = Math.max(taken, (await stream.ends()).newest);
    advance();
    await note();
  }

  /** Takes up what is kept and due, of each target as much as it can do soon. New events wait for none of it. */
  async function takeKept(): Promise<void> {
    if (isStale) await lookAround();
    for (const target of backlog.targets()) {
      const count = queues.count(target);
      if (count >= AT_ONCE || rests(target) || isPaused(target)) continue;
      if (!(await hold())) return;
      await backlog.due(target, PAGE + count, (due) => {
        // of each key only the first one has a time: it comes once nothing of the key is in memory any more; and after a crash
        // once what was before it has been read again
        for (const { key, logged, tries } of due)
          if (logged.seq <= taken && !queues.has(target, key))
            queues.add({ target, key, logged, tries, since: now(), kept: true });
      });
    }
  }

  /** Takes over what other processes have changed meanwhile: they replay deliveries, too. */
  async function lookAround(): Promise<void> {
    isStale = false;
    await backlog.look();
    if (backlog.targets().length > 0 || open.size > 0) await deps.refresh?.();
  }

  /** Takes up what is new in the stream. Resolves to false if there is nothing, or if it is another process's to do. */
  async function takePage(): Promise<boolean> {
    const after = taken;
    const events = await stream.read(after, PAGE);
    if (events?.length === 0) return false;
    await deps.refresh?.();
    const wanted = events?.map((logged) => ({ logged, targets: deps.targetsOf(logged.event.type) }));
    if ((!wanted || wanted.some(({ targets }) => targets.length > 0)) && !(await hold())) return false;
    // another process has gone on meanwhile
    if (taken !== after) return true;
    if (!wanted) return skip();
    const since = now();
    const aside: Task[] = [];
    for (const { logged, targets } of wanted) {
      taken = logged.seq;
      const key = keyOf(logged.event);
      const tasks = targets.map((target): Task => ({ target, key, logged, tries: 0, since, kept: false }));
      if (tasks.length > 0) open.set(logged.seq, new Set(tasks));
      for (const task of tasks)
        if (rests(task.target, since) || backlog.has(task.target, key)) aside.push(task);
        else queues.add(task);
    }
    await putAside(aside);
    await makeRoom();
    return true;
  }

  /** Goes on where there are events again: with the present, if the log was emptied and counts anew. */
  async function skip(): Promise<true> {
    const { oldest, newest } = await stream.ends();
    deps.onError(new Error(`events were deleted before ${deps.name} had seen them`));
    taken = oldest > taken ? oldest - 1 : newest;
    return true;
  }

  /** Waits for targets that will soon have room; what the others have not done is kept, and nobody waits for them. */
  async function makeRoom(): Promise<void> {
    for (const target of queues.targets()) {
      const isFull = (): boolean => !stopped && queues.count(target) >= ROOM;
      while (isFull() && !isLate(target)) {
        await stirred.promise;
        await heed();
      }
      advance();
      if ((isFull() || taken - position > ROOM) && isLate(target)) await putAllAside(target);
    }
  }

  function isLate(target: string): boolean {
    const limit = now() - PATIENCE;
    return queues.all(target).some(({ since, kept }) => !kept && since < limit);
  }

  /** Keeps all that is in memory for a target: it takes it up again at its own pace, with what comes meanwhile. */
  async function putAllAside(target: string): Promise<void> {
    backlog.takeAll(target);
    const waiting = queues.takeBack(target);
    await putAside([...queues.all(target), ...waiting].filter(({ kept }) => !kept));
  }

  /** Keeps deliveries that may be due at once. One that is under way is: whether it is done then is noted there. */
  async function putAside(tasks: readonly Task[]): Promise<void> {
    const rest = { state: "waiting", nextAt: now(), error: null } as const;
    await keep(tasks.map((task) => ({ task, ...rest, tries: 0 })));
  }

  async function keep(all: readonly ({ readonly task: Task } & Omit<NewDelivery, keyof Place>)[]): Promise<void> {
    const them = all.filter(({ task }) => isLeft(task));
    if (them.length === 0) return;
    for (const { task } of them) task.kept = true;
    const rows = them.map(({ task: { target, key, logged }, ...more }) => ({ target, key, logged, ...more }));
    // else its event stays open: it is not done, and whoever comes next begins there
    if (await insist(() => backlog.keep(rows))) for (const { task } of them) close(task);
  }

  /** Whether a delivery that is not kept is this process's to make. */
  function isLeft(task: Task): boolean {
    return open.get(task.logged.seq)?.has(task) ?? false;
  }

  /** Of its event, this delivery is not left any more. */
  function close(task: Task): void {
    const left = open.get(task.logged.seq);
    left?.delete(task);
    if (left?.size === 0) open.delete(task.logged.seq);
  }

  async function run(task: Task): Promise<void> {
    const { target, key } = task;
    // a process that has slept may find others at its work
    let holds = now() < held;
    if (!holds)
      await insist(async () => {
        holds = await hold();
      });
    if (!holds || !(task.kept || isLeft(task))) return;
    if (rests(target) || isPaused(target) || (!task.kept && backlog.has(target, key)))
      return task.kept ? undefined : putAside([task]);
    await settle(task, await attempts.make(task, task.kept));
  }

  function ended({ target }: Task): void {
    advance();
    if (open.size === 0 || (backlog.targets().includes(target) && !rests(target))) rounds.ask();
    stir();
  }

  function stir(): void {
    stirred.resolve();
    stirred = Promise.withResolvers<void>();
  }

  /** Leaves to others what is in memory. */
  async function leave(): Promise<void> {
    if (queues.targets().length > 0 && (await hold())) for (const target of queues.targets()) await putAllAside(target);
    advance();
    if (position > noted) await note();
  }

  /** Notes what came of a delivery; null for what is done, and for what nobody wants any more. */
  async function settle(task: Task, failure: Failure | null): Promise<void> {
    const end = (ending: Ending): Promise<unknown> => insist(() => backlog.end(task, ending));
    if (failure === null) return task.kept ? void (await end({ kind: "done" })) : close(task);
    // somebody does not want any now: this was no try
    if (isPaused(task.target)) return task.kept ? undefined : putAside([task]);
    const { error, isFinal } = failure;
    const tries = task.tries + 1;
    const isDead = isFinal || tries >= MAX_TRIES;
    const nextAt = now() + pause(tries);
    if (!task.kept) await keep([{ task, state: isDead ? "dead" : "waiting", tries, nextAt, error }]);
    else await end(isDead ? { kind: "dead", tries, error } : { kind: "retry", tries, nextAt, error });
    if (isDead) deps.onDead(task.target, task.logged.event, error);
  }

  function advance(): void {
    const [oldest] = open.keys();
    position = oldest === undefined ? taken : oldest - 1;
  }

  async function note(): Promise<void> {
    if (!(await hold()) || position <= noted) return;
    const place = position;
    await lease.note(place);
    noted = Math.max(noted, place);
  }

  const offLook = deps.every(LOOK_EVERY, () => {
    isStale = true;
    if (backlog.targets().length > 0 || open.size > 0) rounds.ask();
    // whoever works for long keeps the lease meanwhile, and what is done is not done again
    if (queues.running > 0 || open.size > 0) note().catch(deps.onError);
    again();
    stir();
  });
  rounds.ask();

  const settled = async (isMore: () => boolean): Promise<void> => {
    while (rounds.underWay || isMore()) await (rounds.underWay ?? stirred.promise);
  };
  return {
    async wake() {
      if (stopped) return;
      told ??= Promise.withResolvers<void>();
      const { promise } = told;
      rounds.ask();
      stir();
      await promise;
    },
    async idle() {
      for (;;) {
        await settled(() => !stopped && queues.targets().length > 0);
        const { newest } = await stream.ends();
        if (stopped || taken >= newest || !deps.isWanted() || !(await hold())) return;
        rounds.ask();
      }
    },
    async stop() {
      stopped = true;
      attend();
      told?.resolve();
      again();
      stir();
      await settled(() => false);
      await leave().catch(deps.onError);
      // what ends only now was put aside, too
      await settled(() => queues.running > 0);
      offLook();
      await lease.release().catch(deps.onError);
    },
  };
}

function pause(tries: number): number {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1));
}
