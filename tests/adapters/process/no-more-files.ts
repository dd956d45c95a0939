import { openSync, writeSync } from "node:fs";
import { spawnChild } from "../../../src/adapters/process/spawn-child.ts";

// A program with as many files open as it may have, which then starts a child, and says how that ends.
try {
  for (;;) openSync("/dev/null", "r");
} catch {
  const child = spawnChild(
    { program: process.execPath, args: ["-e", ""], cwd: "/", memory: 2 ** 30 },
    {
      message: () => undefined,
      looked: () => undefined,
      ended(reason) {
        writeSync(1, `ended: ${reason}`);
        process.exit();
      },
    },
  );
  child.send("nothing");
  child.giveWay();
  child.pause();
  child.resume();
  process.exitCode = child.processorTime();
}
