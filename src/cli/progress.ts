import { formatDuration } from "../tools/index.ts";
import type { Io } from "./command.ts";

/** Shows how far a long task is. */
export interface Progress {
  /** So much is done, in all. Cheap: it may be called for each item. */
  update(done: number): void;
  /** The last word, with the total and the rate. */
  finish(done: number): void;
}

/** What is counted. */
export interface ProgressOptions {
  /** `importing cities`. */
  readonly label: string;
  /** For people: `records`. */
  readonly unit: string;
  /** If it is known. */
  readonly total?: number;
  readonly io: Pick<Io, "err" | "terminal">;
  /** Milliseconds, from any point. */
  readonly clock?: () => number;
}

const BAR_WIDTH = 24;

/** Milliseconds between two looks on a terminal, and between two lines elsewhere. */
const REDRAW = 100;
const LINE = 5000;

/** Shows a bar that redraws itself on a terminal, and now and then a plain line elsewhere; with rate and time left. */
export function createProgress({ label, unit, total, io, clock = () => performance.now() }: ProgressOptions): Progress {
  const started = clock();
  let shown = started;
  return {
    update(done) {
      const now = clock();
      if (now - shown < (io.terminal ? REDRAW : LINE)) return;
      shown = now;
      const text = `${label}  ${bar(done)}${state(done, now - started)}`;
      io.err(io.terminal ? `\r\u001b[2K${text}` : `${text}\n`);
    },
    finish(done) {
      const ms = clock() - started;
      const text = `${label}: ${count(done)} ${unit} in ${formatDuration(ms)}, ${rate(done, ms)}\n`;
      io.err(io.terminal ? `\r\u001b[2K${text}` : text);
    },
  };

  function bar(done: number): string {
    if (!io.terminal || total === undefined || total === 0) return "";
    const filled = Math.min(BAR_WIDTH, Math.floor((done / total) * BAR_WIDTH));
    return `[${"#".repeat(filled)}${".".repeat(BAR_WIDTH - filled)}] `;
  }

  function state(done: number, ms: number): string {
    if (total === undefined || total === 0) return `${count(done)} ${unit}, ${rate(done, ms)}`;
    const percent = Math.min(100, Math.floor((done / total) * 100));
    const left = done === 0 ? "" : `, ${formatDuration((ms / done) * Math.max(0, total - done))} left`;
    return `${percent}%  ${count(done)} of ${count(total)} ${unit}, ${rate(done, ms)}${left}`;
  }

  function rate(done: number, ms: number): string {
    return `${count(Math.round((done / Math.max(1, ms)) * 1000))} ${unit}/s`;
  }
}

/** `1234567` -> `1,234,567`. */
const count = (number: number) => number.toLocaleString("en-US");
