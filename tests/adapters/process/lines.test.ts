import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createLineReader } from "../../../src/adapters/process/lines.ts";

function read(chunks: readonly Uint8Array[]): { lines: string[]; overlong: number } {
  const lines: string[] = [];
  let overlong = 0;
  const take = createLineReader(
    (line) => lines.push(line),
    16 * 1024 * 1024,
    () => {
      overlong += 1;
    },
  );
  for (const chunk of chunks) take(chunk);
  return { lines, overlong };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("messages, one a line", () => {
  test("come whole, wherever the stream is cut", () => {
    const all = bytes('één\n{"a":"𝄞"}\n\nlast\nrest');
    for (let size = 1; size <= all.length; size += 1) {
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < all.length; at += size) chunks.push(all.slice(at, at + size));
      assert.deepEqual(read(chunks).lines, ["één", '{"a":"𝄞"}', "", "last"], `cut every ${size} bytes`);
    }
  });

  test("are all handed over, whatever is thrown over one of them, and that is not lost either", () => {
    const { queueMicrotask } = globalThis;
    const later: (() => void)[] = [];
    globalThis.queueMicrotask = (task) => void later.push(task);
    const lines: string[] = [];
    try {
      createLineReader((line) => {
        lines.push(line);
        if (line === "bad") throw new Error("it cannot be taken");
      })(bytes("bad\ngood\n"));
    } finally {
      globalThis.queueMicrotask = queueMicrotask;
    }
    assert.deepEqual(lines, ["bad", "good"]);
    assert.equal(later.length, 1);
    assert.throws(() => later[0]?.(), /cannot be taken/);
  });

  test("that have no end in sight are given up once, and nothing comes after", () => {
    const part = new Uint8Array(1024 * 1024).fill(120);
    const { lines, overlong } = read([bytes("first\n"), ...Array.from({ length: 20 }, () => part), bytes("\nlast\n")]);
    assert.deepEqual([lines, overlong], [["first"], 1]);
  });
});
