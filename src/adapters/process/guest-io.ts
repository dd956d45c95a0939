import { AsyncLocalStorage } from "node:async_hooks";
import { writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  createGuest,
  type FunctionFile,
  type Guest,
  type GuestCall,
  type LoadFault,
} from "../../core/functions/index.ts";
import { CHANNEL } from "./channel.ts";
import { format, redirectConsole } from "./guest-console.ts";
import { redirectExits } from "./guest-exits.ts";
import { bindThreads, bindTimers } from "./guest-leftovers.ts";
import { createLineReader } from "./lines.ts";
import { providedFiles } from "./provided-files.ts";

/** What the runtime of a child adds. */
export interface GuestRuntime {
  /** What confines this process, in words. */
  readonly sandbox: string;
  /** Whether that holds against hostile code. */
  readonly confined: boolean;
  /** Hands over what comes in; resolves at its end. */
  read(take: (chunk: Uint8Array) => void): Promise<void>;
  /** Has files find the module "bakend", and those in `files`, by their paths, be what it says, whether there are such or not. Called once. */
  provide(module: Guest["module"], files: ReadonlyMap<string, string>): void;
}

/** Makes this process a child that runs functions: messages come in and go out on a descriptor of their own. */
export function runGuest({ sandbox, confined, read, provide }: GuestRuntime): void {
  const scope = new AsyncLocalStorage<GuestCall>();
  const current = (): GuestCall | undefined => scope.getStore();
  const { setImmediate } = globalThis;
  const leave = redirectExits(current);
  bindTimers(current);
  const write = createWriter(leave);
  const guest = createGuest({
    send: write,
    import: (url) => import(url),
    place: faultAt,
    prepare(env, texts) {
      setEnv(env);
      bindThreads(current, Object.values(texts), (name) =>
        guest.log("warn", `a thread that ${name} had begun ended with its call: begin it where the file is loaded`),
      );
      const files = new Map(Object.entries(texts).map(([url, text]) => [fileURLToPath(url), text]));
      provide(guest.module, providedFiles(files));
    },
    memory: () => process.memoryUsage.rss(),
    // the first comes before anything is read
    afterReading: (task) => void setImmediate(() => setImmediate(task)),
    within: (call, run) => scope.run(call, run),
    current,
  });
  redirect(guest, current);
  // a terminal or a supervisor means the server with them, which lets calls finish and then ends this process
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => undefined);
  write(JSON.stringify({ type: "hello", version: 1, sandbox, confined }), true);
  void read(createLineReader(guest.receive)).finally(leave);
}

/** Whole lines, those of one turn together; the parent reads as fast as it can, so a full pipe holds up this process alone. */
function createWriter(leave: () => never): (message: string, now: boolean) => void {
  const encoder = new TextEncoder();
  let waiting = "";
  const piece = new Uint8Array(FULL);
  const flush = (): void => {
    const text = waiting;
    waiting = "";
    // a long message is not there a second time as bytes; one unit more than has room, so that no pair is parted
    try {
      for (let from = 0; from < text.length; ) {
        const { read, written } = encoder.encodeInto(text.slice(from, from + FULL + 1), piece);
        from += read;
        for (let at = 0; at < written; ) at += put(piece.subarray(at, written), leave);
      }
    } catch {
      // there is no memory left for it: what was half said cannot be taken back, and somebody waits for the rest
      leave();
    }
  };
  return (message, now) => {
    const first = waiting === "";
    waiting += `${message}\n`;
    if (now || waiting.length > FULL) flush();
    else if (first) queueMicrotask(flush);
  };
}

const FULL = 65_536;

function put(bytes: Uint8Array, leave: () => never): number {
  try {
    return writeSync(CHANNEL, bytes);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EAGAIN") {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      return 0;
    }
    return leave();
  }
}

function setEnv(env: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
}

/** What code writes, or lets fall, becomes log lines; `fetch` becomes a question to the parent. */
function redirect(guest: Guest, current: () => GuestCall | undefined): void {
  redirectConsole((level, message) => guest.log(level, message));
  process.on("unhandledRejection", (error) => guest.log("error", `a rejection was not handled: ${shown(error)}`));
  const uncaught = (error: unknown): void => guest.log("error", `an exception was not caught: ${shown(error)}`);
  // without listeners, or by what they throw, it would end the process
  process.setUncaughtExceptionCaptureCallback((error) => {
    uncaught(error);
    for (const listener of process.listeners("uncaughtException"))
      try {
        listener(error, "uncaughtException");
      } catch (thrown) {
        uncaught(thrown);
      }
  });
  const fetch = (...args: Parameters<GuestCall["fetch"]>): Promise<Response> => {
    const call = current();
    return call ? call.fetch(...args) : Promise.reject(new Error("fetch is possible only while a function runs."));
  };
  Object.defineProperty(globalThis, "fetch", { value: fetch, configurable: true, writable: true });
}

/** Whatever was thrown, as text: to look at it may throw again. */
function shown(error: unknown): string {
  try {
    return format(error);
  } catch {
    return "something that cannot be shown";
  }
}

const POSITION = /(?:file:\/\/)?(\/[^\s:()]+\.[cm]?[jt]sx?):(\d+)(?::\d+)?/;

/** Where in a project's file something went wrong: compilers say it in a property, all others in the stack. */
function faultAt(error: unknown, { name, url }: FunctionFile): LoadFault {
  const path = fileURLToPath(url);
  const folder = path.slice(0, path.length - name.length);
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 1000);
  const position = positionOf(error);
  const stack = error instanceof Error ? String(error.stack) : "";
  const lines = stack.split("\n").map((line) => POSITION.exec(line));
  const found = lines.find((match) => match?.[1]?.startsWith(folder));
  const file = position?.file ?? found?.[1];
  const line = position?.line ?? (found ? Number(found[2]) : undefined);
  return {
    file: file?.startsWith(folder) ? file.slice(folder.length) : name,
    ...(line === undefined ? {} : { line }),
    message,
  };
}

/** The position that Bun's compiler gives with a message, or with the first of several. */
function positionOf(error: unknown): { readonly file: string; readonly line: number } | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  if ("errors" in error && Array.isArray(error.errors) && error.errors.length > 0) return positionOf(error.errors[0]);
  if (!("position" in error) || typeof error.position !== "object" || error.position === null) return undefined;
  const { position } = error;
  if (!("file" in position) || !("line" in position)) return undefined;
  return { file: String(position.file), line: Number(position.line) };
}
