import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const BUN = join(ROOT, "node_modules/.bin/bun");

const MINUTE = 60_000;

/** The environment without settings of its own for Bakend. */
function environment(extra: Readonly<Record<string, string>>) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("BAKEND_"));
  return { ...Object.fromEntries(own), ...extra };
}

/** A program that runs. */
export interface Running {
  readonly child: ChildProcess;
  /** What was printed so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves when the output matches; rejects if the program ends before, or says nothing of the kind for a minute. */
  until(pattern: RegExp): Promise<RegExpMatchArray>;
  /** Resolves to the exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
}

/** Where and with which environment a program runs. */
export interface BakOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads from its standard input; nothing unless given. */
  readonly input?: string;
  /** Another program than `src/cli/main.ts`. */
  readonly script?: string;
}

/** Starts `bak` from source. */
export function startBak(
  args: readonly string[],
  { cwd, env = {}, input, script = "src/cli/main.ts" }: BakOptions,
): Running {
  const child = spawn(BUN, [join(ROOT, script), ...args], {
    cwd,
    env: environment(env),
    stdio: ["pipe", "pipe", "pipe"],
  });
  // a program that reads nothing may be gone before
  child.stdin.on("error", () => undefined).end(input ?? "");
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const ended = once(child, "close").then(([code, signal]) => code ?? signal);
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    async until(pattern) {
      const patience = performance.now() + MINUTE;
      let over = false;
      void ended.then(() => {
        over = true;
      });
      for (;;) {
        const match = (stdout + stderr).match(pattern);
        if (match !== null) return match;
        if (over) throw new Error(`ended without ${pattern}:\n${stdout}${stderr}`);
        if (performance.now() > patience) throw new Error(`still without ${pattern}:\n${stdout}${stderr}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}

/** Runs `bak` to its end. */
export async function runBak(args: readonly string[], options: BakOptions) {
  const running = startBak(args, options);
  const code = await running.ended;
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}
