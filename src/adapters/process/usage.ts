import { readFileSync } from "node:fs";
import type { ProcessorTimes } from "../../core/functions/index.ts";

/** Milliseconds of one tick of the kernel's clock as /proc tells it: 100 a second on every Linux that the runtimes know. */
const TICK = 10;

/** The memory that a process holds; 0 where that cannot be known. */
export function residentBytes(pid: number | undefined): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

/** Milliseconds that a process has had of the processors; 0 where that cannot be known. */
export function processorTime(pid: number | undefined): number {
  // proc_pid_stat(5): user and system time are fields 14 and 15; the name, field 2, may hold anything
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK;
}

/** What the machine's processors have done so far; null where that cannot be known. */
export function processorTimes(): ProcessorTimes | null {
  // proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal; what follows is part of the first two
  const [, text] = /^cpu +([\d ]+)$/m.exec(read("/proc/stat")) ?? [];
  if (text === undefined) return null;
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, ...rest] = text.split(" ", 8).map(Number);
  const busy = rest.reduce((sum, one) => sum + one, user + nice + system);
  return { busy: busy * TICK, idle: (idle + iowait) * TICK };
}

/** What the kernel tells of itself; nothing where it does not, or not any more. */
function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
