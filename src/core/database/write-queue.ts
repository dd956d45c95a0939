import { type Connection, DatabaseError, type Outcome, type Result, type Statement } from "./connection.ts";

/** Calls `task` once the current tick is over. */
export type Defer = (task: () => void) => void;

/** What a write queue may be given. */
export interface WriteQueueOptions {
  /** How to wait for the end of the tick, so that everything which arrives in it shares a commit. */
  readonly defer?: Defer;
  /** Statements that share one commit, at most (a larger batch goes alone). It bounds how long a caller waits. */
  readonly maxStatements?: number;
}

/** All writes go through it: what arrives in one tick, or while a commit is under way, shares the next commit. */
export interface WriteQueue {
  /** Resolves after the commit with this batch's results, or rejects with the `DatabaseError` that undid it. */
  submit(statements: readonly Statement[]): Promise<readonly Result[]>;
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>;
  /** Batches not yet answered; and since the start, commits made and batches sent to be committed. */
  stats(): { readonly waiting: number; readonly commits: number; readonly batches: number };
}

interface Entry {
  readonly statements: readonly Statement[];
  readonly resolve: (results: readonly Result[]) => void;
  readonly reject: (error: unknown) => void;
}

const MAX_STATEMENTS = 5000;

/** Makes the queue of one connection. Batches are committed in the order of their arrival. */
export function createWriteQueue(
  connection: Pick<Connection, "batch" | "group">,
  { defer = afterThisTick, maxStatements = MAX_STATEMENTS }: WriteQueueOptions = {},
): WriteQueue {
  let queued: Entry[] = [];
  let underWay = 0;
  let running = false;
  let commits = 0;
  let batches = 0;
  const idlers: (() => void)[] = [];

  /** Takes the longest run of batches from the front that fits into one commit; at least one. */
  function takeGroup(): readonly Entry[] {
    let statements = 0;
    const fits = queued.findIndex((entry, index) => {
      statements += entry.statements.length;
      return statements > maxStatements && index > 0;
    });
    const group = fits === -1 ? queued : queued.slice(0, fits);
    queued = fits === -1 ? [] : queued.slice(fits);
    return group;
  }

  async function drain(): Promise<void> {
    while (queued.length > 0) {
      const group = takeGroup();
      underWay = group.length;
      batches += group.length;
      await commit(group);
      // its answers make room for requests that are there already: they share the next commit too
      await new Promise<void>((next) => defer(next));
    }
    running = false;
    for (const wake of idlers.splice(0)) wake();
  }

  async function commit(group: readonly Entry[]): Promise<void> {
    if (connection.group === undefined) {
      for (const entry of group) {
        commits += 1;
        await connection.batch(entry.statements).then(
          (results) => settle(entry, { results }),
          (error: unknown) => settle(entry, { error }),
        );
      }
      return;
    }
    commits += 1;
    try {
      const outcomes = await connection.group(group.map((entry) => entry.statements));
      for (const [index, entry] of group.entries()) settle(entry, outcomes[index] ?? { error: unanswered() });
    } catch (error) {
      for (const entry of group) settle(entry, { error });
    }
  }

  function settle(entry: Entry, outcome: Outcome | { readonly error: unknown }): void {
    underWay -= 1;
    if ("error" in outcome) entry.reject(outcome.error);
    else if (outcome.fault !== undefined) entry.reject(new DatabaseError(outcome.fault));
    else entry.resolve(outcome.results);
  }

  return {
    submit(statements) {
      return new Promise((resolve, reject) => {
        queued.push({ statements, resolve, reject });
        if (running) return;
        running = true;
        defer(() => void drain());
      });
    },
    idle() {
      return running ? new Promise((resolve) => idlers.push(resolve)) : Promise.resolve();
    },
    stats: () => ({ waiting: queued.length + underWay, commits, batches }),
  };
}

function unanswered(): DatabaseError {
  return new DatabaseError({ kind: "other", message: "The database gave no answer for this write", statement: -1 });
}

/** `setImmediate` where the platform has it (it is not a web standard), else the shortest timer. */
export function afterThisTick(task: () => void): void {
  const { setImmediate } = globalThis as { setImmediate?: Defer };
  if (setImmediate === undefined) setTimeout(task, 0);
  else setImmediate(task);
}
