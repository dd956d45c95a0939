import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { closeSync, readdirSync } from "node:fs";
import { constants, getPriority, setPriority } from "node:os";
import type { Duplex } from "node:stream";
import type { Child, ChildListener } from "../../core/functions/index.ts";
import { CHANNEL } from "./channel.ts";
import { createLineReader } from "./lines.ts";
import { createPace } from "./pace.ts";
import { processorTime, residentBytes } from "./usage.ts";

/** How a child is started. */
export interface ChildCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** The folder that it starts in. */
  readonly cwd: string;
  /** Bytes that the process may hold in memory. */
  readonly memory: number;
  /** Opens a file for it, whose descriptor in it is the one after its channel. */
  open?(): number;
}

/** Characters of one message. A function's answer is refused on its own side long before. */
const MAX_MESSAGE = 16 * 1024 * 1024;

/** Bytes that are read before it is asked again whether they were too many: they may be hundreds of messages. */
const PIECE = 8 * 1024;

/** Milliseconds of reading after which others have their turn. */
const TURN = 2;

/** Milliseconds that the last messages of a child get to arrive. */
const LAST_WORDS = 50;

/**
 * How far functions stand back for the server: user code must not take the processor from whoever answers requests.
 * Further, and they would hardly run beside any other busy program.
 */
const STANDS_BACK = 12;
const LEAST = constants.priority.PRIORITY_LOW;

/** Milliseconds between two looks at a child. */
const LOOK = 250;

/**
 * Starts a process that takes messages and sends its own on one descriptor, one a line. It inherits nothing: no
 * variables, no open files but the one. One that there is no command for now, or that the system has no memory or no
 * descriptors for, has ended right after.
 */
export function spawnChild(commandOf: () => ChildCommand, listener: ChildListener): Child {
  try {
    return start(commandOf(), listener);
  } catch (error) {
    queueMicrotask(() => listener.ended(String(error)));
    return UNSTARTED;
  }
}

const UNSTARTED: Child = {
  send: () => undefined,
  giveWay: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
  processorTime: () => 0,
  kill: () => undefined,
};

/** @throws Error where the system refuses it */
function start(command: ChildCommand, listener: ChildListener): Child {
  const { memory } = command;
  const child = spawnWith(command);
  const channel = channelOf(child);
  // what it has not begun yet, it begins so too
  prioritize(child.pid, Math.min(LEAST, getPriority() + STANDS_BACK));
  let over = false;
  let waiting = "";
  /** What has come of it and was not read yet. */
  let unread: Uint8Array = new Uint8Array();
  const pace = createPace(() => performance.now());

  const end = (reason: string): void => {
    if (over) return;
    over = true;
    clearInterval(watch);
    clearTimeout(pause);
    listener.ended(reason);
  };
  const kill = (): void => {
    child.kill("SIGKILL");
    channel.destroy();
  };
  let pause: ReturnType<typeof setTimeout> | undefined;
  const read = createLineReader(
    (text) => {
      pace.message(text.length);
      if (!over) listener.message(text);
    },
    MAX_MESSAGE,
    () => {
      kill();
      end("a message without an end");
    },
  );
  /** Reads what has come, until that has cost so much that others have their turn, or the rest has to wait. */
  const readOn = (): void => {
    pause = undefined;
    const until = performance.now() + TURN;
    while (unread.length > 0 && !over) {
      const early = pace.wait();
      if (early > 0 || performance.now() >= until) {
        channel.pause();
        pause = setTimeout(readOn, early);
        pause.unref();
        return;
      }
      const piece = unread.subarray(0, PIECE);
      unread = unread.subarray(PIECE);
      pace.bytes(piece.length);
      read(piece);
    }
    channel.resume();
  };
  channel.on("data", (chunk: Uint8Array) => {
    unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk]);
    if (pause === undefined) readOn();
  });
  child.on("error", (error) => end(error.message));
  // its last words may still be on their way when it is gone
  child.on("exit", (code, signal) => {
    const reason = signal ? `signal ${signal}` : `exit code ${code}`;
    child.on("close", () => {
      if (!over) read(unread);
      end(reason);
    });
    setTimeout(() => end(reason), LAST_WORDS).unref();
  });
  // writing to a process that has just gone is no fault of ours
  channel.on("error", () => undefined);
  // the address space is limited too, but coarsely
  const watch = setInterval(() => {
    if (residentBytes(child.pid) <= memory) return listener.looked();
    kill();
    end("it used more memory than it may");
  }, LOOK);
  watch.unref();

  const flush = (): void => {
    const text = waiting;
    waiting = "";
    if (!over) channel.write(text);
  };
  return {
    send(message) {
      // messages of one turn go out together
      if (waiting === "") queueMicrotask(flush);
      waiting += `${message}\n`;
    },
    giveWay: () => {
      for (const thread of threadsOf(child.pid)) prioritize(thread, LEAST);
    },
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    processorTime: () => processorTime(child.pid),
    kill() {
      kill();
      end("it was ended");
    },
  };
}

function spawnWith({ program, args, cwd, open }: ChildCommand): ChildProcess {
  // what is written to the usual ones is nothing to us: packages do that
  const stdio: StdioOptions = ["ignore", "ignore", "ignore", "pipe"];
  if (open === undefined) return spawn(program, [...args], { stdio, env: {}, cwd });
  const file = open();
  try {
    return spawn(program, [...args], { stdio: [...stdio, file], env: {}, cwd });
  } finally {
    closeSync(file);
  }
}

/** @throws Error if it was refused: some of the reasons come later */
function channelOf(child: ChildProcess): Duplex {
  const channel: unknown = child.stdio?.[CHANNEL];
  if (channel) return channel as Duplex;
  child.on("error", () => undefined);
  throw new Error("no process could be started: too many files are open");
}

/** Of a process, or of a thread where those have priorities of their own. */
function prioritize(id: number | undefined, priority: number): void {
  try {
    if (id !== undefined) setPriority(id, priority);
  } catch {
    // it is gone already, or the system does not allow it
  }
}

/** The threads of a process, where the system tells them apart (Linux); else the process. */
function threadsOf(pid: number | undefined): readonly number[] {
  if (pid === undefined) return [];
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [pid];
  }
}
