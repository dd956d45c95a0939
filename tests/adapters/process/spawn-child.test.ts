import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { getPriority } from "node:os";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { spawnChild } from "../../../src/adapters/process/spawn-child.ts";
import { processorTimes } from "../../../src/adapters/process/usage.ts";

const looked = (): void => undefined;

describe("a child that runs functions", () => {
  test("stands back for the server", async () => {
    const { promise: said, resolve, reject } = Promise.withResolvers<string>();
    const tell = `require("node:fs").writeSync(3, require("node:os").getPriority() + "\\n"); setInterval(() => {}, 1000);`;
    const command = { program: process.execPath, args: ["-e", tell], cwd: "/", memory: 2 ** 30 };
    const child = spawnChild(() => command, { message: resolve, looked, ended: reject });
    const priority = Number(await said);
    child.kill();
    assert.equal(priority, Math.min(19, getPriority() + 12));
  });

  test("gives way to everything, with all of its threads", async () => {
    const { promise: started, resolve, reject } = Promise.withResolvers<string>();
    const tell = `require("node:fs").writeSync(3, process.pid + "\\n"); setInterval(() => {}, 1000);`;
    const command = { program: process.execPath, args: ["-e", tell], cwd: "/", memory: 2 ** 30 };
    const child = spawnChild(() => command, { message: resolve, looked, ended: reject });
    const pid = Number(await started);
    const threads = process.platform === "linux" ? readdirSync(`/proc/${pid}/task`).map(Number) : [pid];
    child.giveWay();
    const priorities = threads.map((thread) => getPriority(thread));
    child.kill();
    assert.deepEqual(
      priorities,
      threads.map(() => 19),
    );
  });

  test("stands still while it is stopped, and its time on the processors is known on Linux", async () => {
    const { promise: started, resolve, reject } = Promise.withResolvers<string>();
    const tell = `require("node:fs").writeSync(3, "started" + "\\n"); for (;;);`;
    const command = { program: process.execPath, args: ["-e", tell], cwd: "/", memory: 2 ** 30 };
    const child = spawnChild(() => command, { message: resolve, looked, ended: reject });
    const pass = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));
    const spentIn = async (milliseconds: number): Promise<number> => {
      const before = child.processorTime();
      await pass(milliseconds);
      return child.processorTime() - before;
    };
    await started;
    child.pause();
    await pass(50);
    const still = await spentIn(300);
    child.resume();
    // on a busy machine it has to wait for its turn
    let spent = 0;
    for (let tries = 0; tries < 20 && spent === 0; tries += 1) spent = await spentIn(300);
    child.kill();
    const told = process.platform === "linux";
    assert.deepEqual([still, spent > 0], [0, told]);
    assert.equal(processorTimes() !== null, told);
  });

  test("is read no faster than the server can spare, and wholly", async () => {
    const lines = 600;
    const { promise: all, resolve, reject } = Promise.withResolvers<void>();
    const tell = `const line = "x".repeat(60_000); for (let i = 0; i < ${lines}; i += 1) require("node:fs").writeSync(3, i + line + "\\n"); setInterval(() => {}, 1000);`;
    const command = { program: process.execPath, args: ["-e", tell], cwd: "/", memory: 2 ** 30 };
    const said: string[] = [];
    let first = 0;
    const child = spawnChild(() => command, {
      looked,
      message(text) {
        first ||= performance.now();
        if (said.push(text) === lines) resolve();
      },
      ended: reject,
    });
    await all;
    const took = performance.now() - first;
    child.kill();
    assert.deepEqual(
      said.map((text) => Number.parseInt(text, 10)),
      Array.from({ length: lines }, (_, index) => index),
    );
    // 24 MB at once, and 12 KB a millisecond from then on
    assert.ok(took > 500, String(took));
  });

  test("holds the server up for no longer than a part of what it says takes", async () => {
    const lines = 20_000;
    const { promise: all, resolve, reject } = Promise.withResolvers<void>();
    const tell = `require("node:fs").writeSync(3, "a message\\n".repeat(${lines})); setInterval(() => {}, 1000);`;
    const command = { program: process.execPath, args: ["-e", tell], cwd: "/", memory: 2 ** 30 };
    const turns: number[] = [];
    let said = 0;
    let turn = 0;
    const child = spawnChild(() => command, {
      looked,
      message() {
        said += 1;
        if (turn === 0)
          setImmediate(() => {
            turns.push(turn);
            turn = 0;
          });
        turn += 1;
        if (said === lines) setImmediate(resolve);
      },
      ended: reject,
    });
    await all;
    child.kill();
    // a chunk of the pipe has 6,500 of them, and all come in three or four chunks; after a first part they come by the piece
    assert.ok(turns.length >= 8, String(turns));
  });

  test("that cannot be started has ended, and that is all", { skip: process.platform === "win32" }, async () => {
    const program = fileURLToPath(new URL("./no-more-files.ts", import.meta.url));
    const options = "Bun" in globalThis ? [] : ["--conditions=bakend-source"];
    const plain = ["plain", /^ended: .*too many files are open/] as const;
    const confined = ["confined", /^ended: .*(too many open files|no descriptor)/] as const;
    for (const [what, ending] of "Bun" in globalThis ? [plain, confined] : [plain]) {
      const command = ["-c", 'ulimit -n 64; exec "$@"', "sh", process.execPath, ...options, program, what];
      const { stdout } = await promisify(execFile)("sh", command);
      assert.match(stdout, ending);
    }
  });
});
