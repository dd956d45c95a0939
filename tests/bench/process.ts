import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Clock ticks a second in /proc/PID/stat; 100 on every Linux that Bun runs on. */
const TICKS = 100;

/** A server under test. */
export interface Server {
  readonly url: string;
  readonly pid: number;
  /** Milliseconds from spawn to the line that says it is ready. */
  readonly readyAfter: number;
  stop(): Promise<void>;
}

/**
 * Starts a server that prints one line of JSON with its `url` once it listens. What it prints goes to a file, as a
 * service's log does: a pipe would make somebody else's reading part of the figure.
 */
export async function startServer(command: readonly string[], env: Record<string, string> = {}): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "bakend-bench-log-"));
  const log = join(folder, "stdout");
  const started = performance.now();
  const child = Bun.spawn([...command], { stdout: Bun.file(log), stderr: "ignore", env: { ...process.env, ...env } });
  const line = await firstLine(log, child);
  const readyAfter = performance.now() - started;
  const { url } = JSON.parse(line) as { url: string };
  return {
    url,
    pid: child.pid,
    readyAfter,
    async stop() {
      child.kill("SIGTERM");
      await child.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function firstLine(file: string, child: { readonly exitCode: number | null }): Promise<string> {
  for (;;) {
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    const end = text.indexOf("\n");
    if (end >= 0) return text.slice(0, end);
    if (child.exitCode !== null) throw new Error(`A server ended before it was ready: ${text}`);
    await Bun.sleep(1);
  }
}

/** Seconds of processor time that a process has used. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Bytes of memory that a process holds. */
export function residentBytes(pid: number): number {
  const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kb) * 1024;
}

/** What one run of the load generator found. */
export interface Load {
  readonly perSecond: number;
  readonly errors: number;
  readonly bytesEach: number;
  readonly p50: number;
  readonly p99: number;
  readonly requests: number;
  /** Microseconds of the server's processor time per request. */
  readonly cpu: number;
}

/** What to ask of a server. */
export interface LoadPlan {
  readonly path: string;
  readonly method?: string;
  readonly connections: number;
  readonly seconds: number;
  readonly status?: number;
  readonly body?: string;
}

/** Runs the load generator against a server. */
export async function load(server: Server, plan: LoadPlan): Promise<Load> {
  const before = cpuSeconds(server.pid);
  const { path, method = "GET", connections, seconds, status = 200, body = "" } = plan;
  const script = new URL("./load.ts", import.meta.url).pathname;
  const args = [`${server.url}${path}`, method, String(connections), String(seconds), String(status), body];
  const child = Bun.spawn([process.execPath, script, ...args], { stdout: "pipe", stderr: "inherit" });
  const text = await new Response(child.stdout).text();
  const result = JSON.parse(text) as Omit<Load, "cpu">;
  return { ...result, cpu: ((cpuSeconds(server.pid) - before) * 1e6) / result.requests };
}

/** The middle one of some figures. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
