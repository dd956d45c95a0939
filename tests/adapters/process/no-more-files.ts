import { openSync, writeSync } from "node:fs";
import { spawnChild } from "../../../src/adapters/process/spawn-child.ts";
import type { ChildListener } from "../../../src/core/functions/index.ts";

// A program with as many files open as it may have, which then starts a child ("plain", or "confined" as Bun does), and says
// how that ends.

const listener: ChildListener = {
  message: () => undefined,
  looked: () => undefined,
  ended(reason) {
    writeSync(1, `ended: ${reason}`);
    process.exit();
  },
};
const spawn = process.argv[2] === "confined" ? await confined() : plain;
try {
  for (;;) openSync("/dev/null", "r");
} catch {
  const child = spawn();
  child.send("nothing");
  child.giveWay();
  child.pause();
  child.resume();
  process.exitCode = child.processorTime();
}

function plain() {
  return spawnChild(() => ({ program: process.execPath, args: ["-e", ""], cwd: "/", memory: 2 ** 30 }), listener);
}

async function confined() {
  const { functionProcesses } = await import("../../../src/adapters/bun/functions.ts");
  const nothing = { env: {}, hosts: [], folders: [], memory: 2 ** 27 };
  const runner = functionProcesses({ project: "/", folder: "/functions", jobs: "/jobs", ...nothing });
  return () => runner.spawn(listener);
}
