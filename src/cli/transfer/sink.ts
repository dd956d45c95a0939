import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { CliError } from "../command.ts";
import { STANDARD } from "./format.ts";

/** Where an export goes. */
export interface Sink {
  /** Resolves once more may be written. */
  write(text: string): Promise<void>;
  /** Completes a file; until then it does not stand under its name. */
  close(): Promise<void>;
  /** Gives up: nothing is left behind. */
  discard(): Promise<void>;
}

/** Whoever reads the standard output has had enough. */
export class SinkClosed extends Error {}

/** Opens a file, or the standard output for `-`. */
export function openSink(path: string): Sink {
  if (path === STANDARD) {
    const write = writerOf(process.stdout);
    return { write, close: async () => undefined, discard: async () => undefined };
  }
  const partial = `${path}.part`;
  const stream = createWriteStream(partial);
  return {
    write: writerOf(stream),
    async close() {
      stream.end();
      await finished(stream);
      await rename(partial, path);
    },
    async discard() {
      // a file that is still being opened would be made after it was removed
      const closed = stream.closed ? undefined : once(stream, "close");
      stream.destroy();
      await closed;
      await rm(partial, { force: true });
    },
  };
}

function writerOf(stream: Writable): (text: string) => Promise<void> {
  // each write tells of its own failure; without a listener the event would end the process
  stream.on("error", () => undefined);
  return (text) =>
    new Promise((resolve, reject) => {
      stream.write(text, (error: (Error & { readonly code?: string }) | null | undefined) => {
        if (!error) resolve();
        else
          reject(error.code === "EPIPE" ? new SinkClosed() : new CliError(`it cannot be written (${error.message})`));
      });
    });
}
