import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { constants, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** `npm test` builds it first. */
const BUILT = join(import.meta.dirname, "../../dist/bak");

/** Nothing but this: no program can be found, no setting and no home folder. */
const NOTHING = { PATH: "" };

/** The executable in an empty folder, with nothing around it. */
export interface Bare {
  readonly folder: string;
  /** Runs it to its end. */
  run(...args: string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string };
  /** Starts it and waits for the line that says ready. */
  serve(...args: string[]): Promise<Served>;
  remove(): void;
}

/** A running executable. */
export interface Served {
  readonly url: string;
  readonly pid: number;
  readonly stderr: () => string;
  /** Sends SIGTERM; resolves to the exit code, or to a signal's name. */
  stop(): Promise<number | string>;
}

/** Copies the executable into a new folder. */
export function makeBare(): Bare {
  if (!existsSync(BUILT)) throw new Error(`${BUILT} is missing; npm run build makes it`);
  const folder = mkdtempSync(join(tmpdir(), "bakend-bare-"));
  const place = mkdtempSync(join(tmpdir(), "bakend-program-"));
  const program = join(place, "bak");
  copyFileSync(BUILT, program, constants.COPYFILE_FICLONE);
  const running = new Set<ChildProcess>();
  return {
    folder,
    run: (...args) => spawnSync(program, args, { cwd: folder, env: NOTHING, encoding: "utf8" }),
    async serve(...args) {
      const child = spawn(program, ["start", "--json", ...args], { cwd: folder, env: NOTHING });
      running.add(child);
      let stderr = "";
      child.stderr.setEncoding("utf8").on("data", (text) => {
        stderr += text;
      });
      const ended = once(child, "close").then(([code, signal]) => code ?? signal);
      const over = ended.then((code) => {
        throw new Error(`it ended with ${code} before it was ready: ${stderr}`);
      });
      over.catch(() => {});
      const [line] = await Promise.race([once(child.stdout.setEncoding("utf8"), "data"), over]);
      return {
        url: JSON.parse(line).url,
        pid: child.pid ?? 0,
        stderr: () => stderr,
        async stop() {
          child.kill("SIGTERM");
          const code = await ended;
          running.delete(child);
          return code;
        },
      };
    },
    remove() {
      for (const child of running) child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
      rmSync(place, { recursive: true, force: true });
    },
  };
}

/** Resident memory of a process, in megabytes; undefined where the system does not tell. */
export function residentMegabytes(pid: number): number | undefined {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return undefined;
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(file, "utf8")) ?? [];
  return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1024);
}
