import { spawn } from "node:child_process";
import { performance } from "node:perf_hooks";
import { root } from "./paths.mjs";

/** Milliseconds that a program gets to end when it is told to, and its output to be closed once it has ended. */
const GRACE = 2000;

/**
 * Runs a program to its end and collects what it prints.
 * Resolves to `{ code, output, ms }`; a program killed by a signal has code 1. One that takes longer than `limit`
 * milliseconds is ended, and its output says so. A process that it leaves behind is not waited for.
 */
export function capture(command, args, { cwd = root, env = process.env, limit } = {}) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const chunks = [];
    const timers = [];
    const after = (ms, task) => timers.push(setTimeout(task, ms));
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    child.stderr.on("data", (chunk) => chunks.push(chunk));
    if (limit !== undefined) {
      after(limit, () => {
        chunks.push(Buffer.from(`\nEnded: it was still running after ${duration(limit)}.\n`));
        child.kill("SIGTERM");
        after(GRACE, () => child.kill("SIGKILL"));
      });
    }
    child.on("error", reject);
    child.on("exit", () =>
      after(GRACE, () => {
        for (const stream of [child.stdout, child.stderr]) stream.destroy();
      }),
    );
    child.on("close", (code) => {
      for (const timer of timers) clearTimeout(timer);
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString("utf8"), ms: performance.now() - started });
    });
  });
}

/**
 * Runs a program in this one's place: same terminal, signals passed on, its exit code the result (128 + n for signal n).
 */
export function become(command, args, { cwd = process.cwd(), env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: "inherit" });
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    const forward = (signal) => child.kill(signal);
    for (const signal of signals) process.on(signal, forward);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      for (const name of signals) process.off(name, forward);
      resolve(code ?? 128 + (SIGNAL_NUMBERS[signal] ?? 0));
    });
  });
}

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** Milliseconds for people: `840 ms`, `12.3 s`. */
export const duration = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);
