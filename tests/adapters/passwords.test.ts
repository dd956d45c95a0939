import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { passwordsInThread } from "../../src/adapters/password-thread.ts";
import type { Thread } from "../../src/adapters/thread.ts";

const hasher =
  "Bun" in globalThis
    ? (await import("../../src/adapters/bun/passwords.ts")).bunPasswords
    : (await import("../../src/adapters/node/passwords.ts")).nodePasswords;

describe("passwords in a thread of their own", () => {
  // beside busy programs the thread gets a small part of a processor
  test("are hashed and checked, in any number at once", { timeout: 60_000 }, async () => {
    const words = ["correct horse", "ünïcödé 🐎", 'quotes " and \\ and \n'];
    const hashes = await Promise.all(words.map((word) => hasher.hash(word)));
    assert.equal(new Set(hashes).size, words.length);
    for (const hash of hashes) assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const pairs = words.flatMap((word, n) => hashes.map((hash, m) => ({ word, hash, fits: n === m })));
    const answers = await Promise.all(pairs.map(({ word, hash }) => hasher.verify(word, hash)));
    assert.deepEqual(
      answers,
      pairs.map(({ fits }) => fits),
    );
  });

  test("what is no hash fits nothing, and neither does the decoy", async () => {
    for (const hash of ["", "x", "$argon2id$", "$2b$10$abc", hasher.decoy])
      assert.equal(await hasher.verify("x", hash), false, hash);
  });

  test("give way to everything else", { skip: process.platform !== "linux" && "only Linux has it" }, async () => {
    await hasher.verify("x", hasher.decoy);
    const niceOf = (task: string): number =>
      Number(readFileSync(`/proc/self/task/${task}/stat`, "utf8").split(") ")[1]?.split(" ")[16]);
    const main = niceOf(String(process.pid));
    const values = readdirSync("/proc/self/task").map(niceOf);
    const low = values.filter((one) => one === Math.min(main + 10, 19)).length;
    // what the thread itself has started is like it
    assert.ok(low > 0 && low < values.length / 2, values.join(" "));
  });

  test("a thread that ends fails what waits, and another takes its place", async () => {
    const threads: { end(): void; answer(text: string): void; held: boolean }[] = [];
    const start = (): Thread => {
      const listeners: { message?: (text: string) => void; end?: (error: Error | undefined) => void } = {};
      const one = {
        held: false,
        end: () => listeners.end?.(undefined),
        answer: (text: string) => listeners.message?.(text),
      };
      threads.push(one);
      return {
        post: () => undefined,
        onMessage: (listener) => void Object.assign(listeners, { message: listener }),
        onEnd: (listener) => void Object.assign(listeners, { end: listener }),
        hold: (alive) => {
          one.held = alive;
        },
        kill: async () => undefined,
      };
    };
    const passwords = passwordsInThread(start);
    assert.equal(threads.length, 0, "nothing is started before the first password");
    const first = [passwords.hash("a"), passwords.verify("a", "b")];
    assert.equal(threads[0]?.held, true, "the process stays for those who wait");
    threads[0]?.end();
    for (const one of first) await assert.rejects(one, /has ended/);
    const second = passwords.hash("a");
    threads[1]?.answer(JSON.stringify({ value: "hash" }));
    assert.equal(await second, "hash");
    assert.equal(threads[1]?.held, false);
    const third = passwords.hash("a");
    threads[1]?.answer(JSON.stringify({ error: "no memory" }));
    await assert.rejects(third, /no memory/);
    assert.equal(threads.length, 2);
  });
});
