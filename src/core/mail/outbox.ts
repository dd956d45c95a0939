import type { Mailer } from "./mail.ts";
import type { Letter, Render } from "./templates.ts";

/** Timers that a test can own. */
export interface MailTimers {
  set(callback: () => void, milliseconds: number): unknown;
  clear(handle: unknown): void;
}

/**
 * What is to be sent. It is kept in memory: what waits for another try when the process is killed is lost, and whoever
 * waits for it asks again.
 */
export interface Outbox {
  /** Whether there is a way to send mails. */
  readonly enabled: boolean;
  /**
   * Writes a letter, and sends it, once the answer that is under way is out: no answer waits for it, and none tells by
   * its time whether there was something to write. Null is no letter. False, where there is no mailer or no room: nothing
   * will be sent. `size` is the characters that it takes while it waits, where they are many. Never throws.
   */
  post(write: () => Promise<Letter | null>, size?: number): boolean;
  /** Resolves once nothing is being written or sent; what waits for another try does not count. */
  idle(): Promise<void>;
  /** Tries what waits for the last time; resolves once that is over. */
  close(): Promise<void>;
}

/** What an outbox is made of. */
export interface OutboxDeps {
  readonly mailer: Mailer | undefined;
  readonly render: Render;
  /** Runs a task once the current one is over. */
  readonly defer: (task: () => void) => void;
  readonly timers?: MailTimers | undefined;
  /** Told of a letter that was given up, or not even begun. Neither address nor content is told: `reason` is a code. */
  onLost(facts: { readonly mail: string; readonly tries: number; readonly reason: string }): void;
}

interface Job {
  readonly write: () => Promise<Letter | null>;
  letter: Letter | null;
  readonly size: number;
  tries: number;
  timer: unknown;
}

/** Milliseconds before the second try, the third ... */
const AGAIN_AFTER: readonly number[] = [1000, 10_000, 60_000, 300_000];
/** Letters on their way at once. */
const AT_ONCE = 4;
/** Letters that wait; more are not taken, so that a server that is down does not fill the memory. */
const MAX_WAITING = 1000;
/** Characters that they may take together. */
const MAX_SIZE = 32 * 1024 * 1024;

/** Makes an outbox. */
export function createOutbox({ mailer, render, defer, timers = defaultTimers, onLost }: OutboxDeps): Outbox {
  const queue: Job[] = [];
  const resting = new Set<Job>();
  let running = 0;
  let size = 0;
  let closing = false;
  let waiters: (() => void)[] = [];

  const lose = ({ letter, tries }: Pick<Job, "letter" | "tries">, reason: string): void =>
    onLost({ mail: letter?.name ?? "unwritten", tries, reason });

  const retry = (job: Job, error: unknown): void => {
    const wait = AGAIN_AFTER[job.tries - 1];
    if (closing || wait === undefined) {
      size -= job.size;
      lose(job, reasonOf(error));
      return;
    }
    resting.add(job);
    job.timer = timers.set(() => wake(job), wait);
  };

  const wake = (job: Job): void => {
    if (!resting.delete(job)) return;
    queue.push(job);
    pump();
  };

  const run = async (job: Job, { send }: Mailer): Promise<void> => {
    job.tries += 1;
    try {
      job.letter ??= await job.write();
      if (job.letter) await send(render(job.letter));
      size -= job.size;
    } catch (error) {
      retry(job, error);
    }
  };

  const pump = (): void => {
    while (mailer && running < AT_ONCE) {
      const job = queue.shift();
      if (!job) break;
      running += 1;
      run(job, mailer).finally(() => {
        running -= 1;
        pump();
      });
    }
    if (running > 0 || queue.length > 0) return;
    const told = waiters;
    waiters = [];
    for (const tell of told) tell();
  };

  const idle = (): Promise<void> => {
    if (running === 0 && queue.length === 0) return Promise.resolve();
    return new Promise((resolve) => waiters.push(resolve));
  };

  return {
    enabled: mailer !== undefined,
    post(write, weight = 0) {
      if (!mailer) return false;
      if (queue.length + resting.size >= MAX_WAITING || size + weight > MAX_SIZE) {
        lose({ letter: null, tries: 0 }, "the outbox is full");
        return false;
      }
      size += weight;
      queue.push({ write, letter: null, size: weight, tries: 0, timer: undefined });
      defer(pump);
      return true;
    },
    idle,
    async close() {
      closing = true;
      for (const job of [...resting]) {
        timers.clear(job.timer);
        wake(job);
      }
      await idle();
    },
  };
}

/** What servers answer often repeats the address, so only the kind of failure is told. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}

const defaultTimers: MailTimers = {
  set: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clear: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};
