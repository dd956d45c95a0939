import { appendFile, mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { formatJson, type LogSink } from "../../core/logging/index.ts";

/** A log file and how much of it is kept. */
export interface LogFileOptions {
  readonly path: string;
  /** Bytes after which a new file is begun. A single line may be longer. */
  readonly maxSize: number;
  /** Older files that are kept: `PATH.1` is the youngest of them. */
  readonly keep: number;
}

/**
 * Appends JSON lines to a file, and begins a new one when it is full. The file is opened anew for each batch: removed
 * files and folders come back, and other programs may rotate it too. Rejects when the disk refuses.
 */
export function logFile({ path, maxSize, keep }: LogFileOptions): LogSink {
  return {
    async write(entries) {
      let size = await sizeOf(path);
      let text = "";
      let pending = 0;
      for (const entry of entries) {
        const line = `${formatJson(entry)}\n`;
        const bytes = Buffer.byteLength(line);
        if (size + pending > 0 && size + pending + bytes > maxSize) {
          await append(path, text);
          await rotate(path, keep);
          text = "";
          size = 0;
          pending = 0;
        }
        text += line;
        pending += bytes;
      }
      await append(path, text);
    },
  };
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(absent))?.size ?? 0;
}

async function append(path: string, text: string): Promise<void> {
  if (text === "") return;
  // Log lines tell who did what: only the owner reads them.
  const write = () => appendFile(path, text, { mode: 0o600 });
  try {
    await write();
  } catch (error) {
    if (!isAbsent(error)) throw error;
    await mkdir(dirname(path), { recursive: true });
    await write();
  }
}

/** `PATH` becomes `PATH.1`, `PATH.1` becomes `PATH.2` ...; the last one goes. */
async function rotate(path: string, keep: number): Promise<void> {
  if (keep === 0) {
    await rm(path, { force: true });
    return;
  }
  for (let number = keep - 1; number >= 0; number -= 1) {
    await rename(number === 0 ? path : `${path}.${number}`, `${path}.${number + 1}`).catch(absent);
  }
}

function absent(error: unknown): undefined {
  if (!isAbsent(error)) throw error;
  return undefined;
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
