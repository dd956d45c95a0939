import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import type { FaultyRecord } from "./faults.ts";

/** A file that takes faulty records, each as a line of JSON with its reason. */
export interface FaultsFile {
  write(fault: FaultyRecord): Promise<void>;
  close(): Promise<void>;
}

/** Begins the file anew. */
export function openFaultsFile(path: string): FaultsFile {
  const stream = createWriteStream(path);
  // without a listener an error would end the process; it is found by the next write, or by close
  let failure: Error | undefined;
  stream.on("error", (error) => {
    failure = error;
  });
  return {
    async write({ line, reason, record }) {
      if (failure) throw failure;
      if (stream.write(`${JSON.stringify({ line, reason, record })}\n`)) return;
      await new Promise<void>((resolve) => {
        stream.once("drain", resolve);
        stream.once("error", () => resolve());
      });
    },
    async close() {
      stream.end();
      await finished(stream);
    },
  };
}
