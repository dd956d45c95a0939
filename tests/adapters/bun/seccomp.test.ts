import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seccompFilter } from "../../../src/adapters/bun/confine/seccomp.ts";
import { systemCallsOf } from "../../../src/adapters/bun/confine/system-calls.ts";

const ALLOW = "allow";
const PID = 4321;

/** Runs a filter as the kernel would (classic BPF, seccomp(2)). */
function verdict(filter: Uint8Array, architecture: number, number: number, first = 0): string {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, number, true);
  data.setUint32(4, architecture, true);
  data.setUint32(16, first, true);
  const program = new DataView(filter.buffer);
  let accumulator = 0;
  for (let at = 0; at * 8 < filter.length; at += 1) {
    const operation = program.getUint16(at * 8, true);
    const [yes, no] = [program.getUint8(at * 8 + 2), program.getUint8(at * 8 + 3)];
    const operand = program.getUint32(at * 8 + 4, true);
    if (operation === 0x20) accumulator = data.getUint32(operand, true);
    else if (operation === 0x15) at += accumulator === operand ? yes : no;
    else if (operation === 0x35) at += accumulator >= operand ? yes : no;
    else if (operation === 0x45) at += (accumulator & operand) !== 0 ? yes : no;
    else if (operation === 0x06) {
      if (operand === 0x7fff0000) return ALLOW;
      return operand === 0x80000000 ? "kill" : `errno ${operand & 0xffff}`;
    } else throw new Error(`unknown operation ${operation} at ${at}`);
  }
  throw new Error("the filter has no end");
}

// numbers of the kernel's own tables (asm/unistd.h, asm-generic/unistd.h)
const NUMBERS = {
  x64: {
    read: 0,
    write: 1,
    mmap: 9,
    futex: 202,
    openat: 257,
    socket: 41,
    connect: 42,
    fork: 57,
    chmod: 90,
    ptrace: 101,
    mount: 165,
    utimensat: 280,
  },
  arm64: {
    read: 63,
    write: 64,
    mmap: 222,
    futex: 98,
    openat: 56,
    socket: 198,
    connect: 203,
    fork: null,
    chmod: null,
    ptrace: 117,
    mount: 40,
    utimensat: 88,
  },
} as const;

for (const arch of ["x64", "arm64"] as const) {
  describe(`the filter for ${arch}`, () => {
    const calls = systemCallsOf(arch);
    assert.ok(calls);
    const { bytes: filter, ownPidAt } = seccompFilter(calls);
    for (const at of ownPidAt) new DataView(filter.buffer).setUint32(at, PID, true);
    const on = (number: number, first?: number): string => verdict(filter, calls.architecture, number, first);

    test("lets through what computing takes", () => {
      const { read, write, mmap, futex, openat } = NUMBERS[arch];
      for (const number of [read, write, mmap, futex, openat, calls.execve, calls.close])
        assert.equal(on(number), ALLOW);
    });

    test("refuses all that is listed, each in its place", () => {
      for (const number of calls.refused) assert.equal(on(number), "errno 13", String(number));
      const { socket, connect, fork, chmod, ptrace, mount, utimensat } = NUMBERS[arch];
      for (const number of [socket, connect, fork, chmod, ptrace, mount, utimensat])
        if (number !== null) assert.equal(on(number), "errno 13", String(number));
      assert.equal(new Set(calls.refused).size, calls.refused.length);
    });

    const special: readonly (readonly [name: string, number: number, first: number, expected: string])[] = [
      ["a thread", calls.clone, 0x3d0f00, ALLOW],
      ["a process", calls.clone, 17, "errno 1"],
      ["clone3", 435, 0, "errno 38"],
      ["a signal to itself", calls.kill, PID, ALLOW],
      ["a signal to another", calls.kill, PID + 1, "errno 1"],
      ["a signal to its group", calls.kill, 0, "errno 1"],
      ["a signal to all", calls.kill, 0xffffffff, "errno 1"],
      ["a signal to its own thread", calls.tgkill, PID, ALLOW],
      ["a signal to another's thread", calls.tgkill, 1, "errno 1"],
      ["its own limits", calls.prlimit64, 0, ALLOW],
      ["its own limits by its id", calls.prlimit64, PID, ALLOW],
      ["another's limits", calls.prlimit64, 1, "errno 1"],
      ["another way of calling", 0x40000000 + 41, 0, "errno 1"],
    ];
    for (const [name, number, first, expected] of special) {
      test(`${name}: ${expected}`, () => assert.equal(on(number, first), expected));
    }

    test("ends a process of another architecture", () => assert.equal(verdict(filter, 0x40000003, 1), "kill"));
  });
}

test("other processors are not known", () => assert.equal(systemCallsOf("riscv64"), null));
