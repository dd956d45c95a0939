import type { App, AppOptions } from "./app-interface.ts";
import { providerFaults } from "./auth/index.ts";
import { ConfigError, loadConfig } from "./config/index.ts";
import { BakendError } from "./errors.ts";
import { createLogger, type Logger } from "./logging/index.ts";
import { templateFaults } from "./mail/index.ts";
import type { SendOut } from "./webhooks/index.ts";

/** The configuration of an app: what is left of its options. @throws ConfigError */
export function configOf(options: AppOptions): App["config"] {
  const {
    database: _d,
    collections: _c,
    logger: _l,
    recentLog: _rl,
    seed: _s,
    clock: _k,
    stopwatch: _w,
    passwords: _pw,
    setupToken: _st,
    runner: _ru,
    sendOut: _so2,
    blobs: _b,
    images: _im,
    panel: _pa,
    plugins: _pl,
    mailer: _m,
    mails = {},
    mailTimers: _mt,
    settingSources: _so,
    random: _r,
    defer: _t,
    every: _e,
    ...raw
  } = options;
  const loaded = loadConfig({ raw, env: {}, readSecret: () => "" });
  const { database: _path, port: _port, host: _host, plugins: _files, ...config } = loaded;
  const faults = [
    ...templateFaults(mails).map(({ file, fault }) => ({ path: `mails/${file}`, message: fault })),
    ...providerFaults(config.auth.providers),
  ];
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

/** Takes back what `setTimeout` gave. */
export function clearTimer(handle: unknown): void {
  clearTimeout(handle as Parameters<typeof clearTimeout>[0]);
}

/** Resolves with the work, or once so many milliseconds have passed. */
export async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}

/** An error with all that is known of it, for the log. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : ` caused by ${describeError(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

/** Calls a task again and again, until the function that is returned is called. */
export function byTimer(milliseconds: number, task: () => void): () => void {
  const timer = setInterval(task, milliseconds);
  // where there is a process, none stays alive for it
  (timer as { unref?(): void }).unref?.();
  return () => clearInterval(timer);
}

/** A logger whose lines go nowhere. */
export function silent(): Logger {
  return createLogger({ level: "error", sinks: [] });
}

/** Runs a task in a macrotask: the answer that is under way goes out first. */
export function afterThisTask(task: () => void): void {
  const { setImmediate } = globalThis as { setImmediate?: (task: () => void) => unknown };
  if (setImmediate) setImmediate(task);
  else setTimeout(task, 0);
}

/** Sends nothing. */
export const NO_WAY_OUT: SendOut = () =>
  Promise.reject(new BakendError("unavailable", "Nothing can be sent from here: give createApp a `sendOut`."));
