import type { GuestMessage, HostMessage } from "../../../src/core/functions/index.ts";
import type { Timers } from "../../../src/core/functions/pool/index.ts";
import type { ChildListener, FunctionRunner } from "../../../src/core/functions/runner.ts";

/** A child whose every word a test says. */
export interface FakeChild {
  readonly sent: HostMessage[];
  readonly killed: boolean;
  /** Whether everything else goes before it. */
  readonly gaveWay: boolean;
  /** Whether it stands still. */
  readonly paused: boolean;
  /** Milliseconds that it has had of the processors; a test adds to them. */
  processorTime: number;
  say(message: GuestMessage | string): void;
  /** It is looked at. */
  look(): void;
  end(reason: string): void;
  /** Greets and has loaded these functions. */
  load(triggers?: readonly unknown[], confined?: boolean): void;
  /** The numbers of the calls that it was given. */
  readonly calls: readonly number[];
}

/** Time that a test owns. */
export interface FakeTime extends Timers {
  /** Lets time pass, and everything that it sets off. */
  pass(milliseconds: number): Promise<void>;
  /** Timers that are set. */
  readonly pending: number;
}

/** Makes a clock that stands still. */
export function fakeTime(): FakeTime {
  let now = 1000;
  const timers = new Map<object, { at: number; callback: () => void }>();
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await null;
  };
  return {
    now: () => now,
    get pending() {
      return timers.size;
    },
    set(callback, milliseconds) {
      const handle = {};
      timers.set(handle, { at: now + milliseconds, callback });
      return handle;
    },
    clear: (handle) => void timers.delete(handle as object),
    async pass(milliseconds) {
      const until = now + milliseconds;
      for (;;) {
        const due = [...timers].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at)[0];
        if (!due) break;
        now = due[1].at;
        timers.delete(due[0]);
        due[1].callback();
        await settled();
      }
      now = until;
      await settled();
    },
  };
}

/** A runner that starts fake children, and the children that it has started. */
export function fakeRunner(): FunctionRunner & {
  readonly children: FakeChild[];
  readonly machine: { busy: number; idle: number };
} {
  const children: FakeChild[] = [];
  const machine = { busy: 0, idle: 0 };
  return {
    children,
    machine,
    processors: () => machine,
    env: {},
    memory: 1,
    source: async () => ({ files: [], texts: {}, hooks: false }),
    fetch: async () => ({ status: 200, headers: [] }),
    spawn(listener) {
      const child = fakeChild(listener);
      children.push(child);
      return {
        send: (message) => void child.sent.push(JSON.parse(message)),
        giveWay: child.giveWay,
        pause: () => child.stand(true),
        resume: () => child.stand(false),
        processorTime: () => child.processorTime,
        kill() {
          if (!child.killed) child.end("killed");
        },
      };
    },
  };
}

function fakeChild(listener: ChildListener): FakeChild & { giveWay(): void; stand(still: boolean): void } {
  const sent: HostMessage[] = [];
  let killed = false;
  let gaveWay = false;
  let paused = false;
  const say = (message: GuestMessage | string): void =>
    listener.message(typeof message === "string" ? message : JSON.stringify(message));
  return {
    sent,
    get killed() {
      return killed;
    },
    get gaveWay() {
      return gaveWay;
    },
    get paused() {
      return paused;
    },
    processorTime: 0,
    stand(still) {
      paused = still;
    },
    giveWay() {
      gaveWay = true;
    },
    say,
    look: () => listener.looked(),
    end(reason) {
      killed = true;
      listener.ended(reason);
    },
    load(triggers = [], confined = false) {
      say({ type: "hello", version: 1, sandbox: "none", confined });
      say(JSON.stringify({ type: "loaded", triggers }));
    },
    get calls() {
      return sent.flatMap((message) => (message.type === "call" ? [message.call] : []));
    },
  };
}
