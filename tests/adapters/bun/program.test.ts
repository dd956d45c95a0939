import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { createProgram, type Program } from "../../../src/adapters/bun/confine/program.ts";
import { systemCallsOf } from "../../../src/adapters/bun/confine/system-calls.ts";

// numbers of the kernel's own tables (asm/unistd.h, asm-generic/unistd.h)
const WRITE = { x64: 1, arm64: 64 };

/** Runs a program to its end. */
function run(program: Program): { readonly code: number | null; readonly out: Buffer; readonly pid: number } {
  const folder = mkdtempSync(join(tmpdir(), "bakend-program-"));
  const path = join(folder, "program");
  const file = openSync(path, "wx", 0o700);
  for (const { at, bytes } of program) writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
  const { status, stdout, pid, error } = spawnSync(path, [], { env: {} });
  rmSync(folder, { recursive: true });
  if (error) throw error;
  return { code: status, out: stdout, pid };
}

describe(`programs of system calls on ${process.arch}`, {
  skip: process.platform !== "linux" && "they are for Linux",
}, () => {
  const calls = systemCallsOf(process.arch);
  assert.ok(calls);
  const write = WRITE[calls.processor];
  const exit = (code: number) => ({ number: calls.exitGroup, args: [code] });

  test("make their calls in order", () => {
    const program = createProgram(calls.processor);
    const say = (text: string) => ({ number: write, args: [1, program.text(text), text.length] });
    const { code, out } = run(program.build([say("one "), say("two "), say("three"), exit(7)]));
    assert.deepEqual([code, out.toString()], [7, "one two three"]);
  });

  test("hand over six arguments", () => {
    const program = createProgram(calls.processor);
    // mmap takes all six
    const [mmap, prot, flags] = [{ x64: 9, arm64: 222 }[calls.processor], 3, 0x22 | 0x100000];
    const where = 0x10000000;
    const steps = [
      { number: mmap, args: [where, 4096, prot, flags, -1, 0], orExit: 1 },
      { number: write, args: [1, where, 4], orExit: 2 },
      exit(0),
    ];
    const { code, out } = run(program.build(steps));
    assert.deepEqual([code, [...out]], [0, [0, 0, 0, 0]]);
  });

  test("end where a call fails that says so, and go on where it does not", () => {
    const program = createProgram(calls.processor);
    const nowhere = { number: calls.close, args: [99] };
    const { code } = run(program.build([nowhere, { ...nowhere, orExit: 9 }, exit(0)]));
    assert.equal(code, 9);
  });

  test("keep results", () => {
    const program = createProgram(calls.processor);
    const pidAt = program.place(new Uint8Array(4));
    const { out, pid } = run(
      program.build([
        { number: calls.getpid, args: [], keepAt: pidAt },
        { number: write, args: [1, pidAt, 4] },
        exit(0),
      ]),
    );
    assert.equal(out.readInt32LE(), pid);
  });

  test("hold lists of texts", () => {
    const program = createProgram(calls.processor);
    const [path, args, env] = [
      program.text("/bin/sh"),
      program.list(["sh", "-c", 'echo "$1 $NAME"', "sh", "given"]),
      program.list(["NAME=named"]),
    ];
    const { code, out } = run(program.build([{ number: calls.execve, args: [path, args, env], orExit: 1 }]));
    assert.deepEqual([code, out.toString()], [0, "given named\n"]);
  });
});
