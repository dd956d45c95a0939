import { SHARED, type SystemCalls } from "./system-calls.ts";

// struct sock_filter (linux/filter.h): operation, jump if true, jump if false, operand
const LOAD = 0x20;
const EQUAL = 0x15;
const AT_LEAST = 0x35;
const ANY_BIT = 0x45;
const RETURN = 0x06;

// struct seccomp_data (linux/seccomp.h): where the number, the processor and the first argument are
const NUMBER = 0;
const ARCHITECTURE = 4;
const FIRST_ARGUMENT = 16;

const KILL = 0x80000000;
const ALLOW = 0x7fff0000;
const FAIL = 0x00050000;
const EPERM = 1;
const EACCES = 13;
const ENOSYS = 38;

/** Bytes of an instruction. */
const INSTRUCTION = 8;

/** Calls from this number on belong to another way of calling on x86-64, which nothing here uses. */
const X32 = 0x40000000;
const CLONE_THREAD = 0x00010000;

/** Stands for the process's own id, which is not known yet. */
const OWN_PID = "own";

type Operand = number | typeof OWN_PID;
/** One instruction of a filter. */
export type Instruction = readonly [operation: number, jumpTrue: number, jumpFalse: number, operand: Operand];

/** A filter as the kernel takes it (classic BPF). */
export interface Filter {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where in it the process's own id is to be put, as 32 bits. */
  readonly ownPidAt: readonly number[];
}

/**
 * The filter under which a process may compute, read what it may read and use what it has open, and no
 * more: no sockets, no other processes, no signals to others, no changes to files, nothing that governs the system.
 */
export function seccompFilter(calls: SystemCalls): Filter {
  const to = (number: number, body: readonly Instruction[]): readonly Instruction[] => [
    [EQUAL, 0, body.length, number],
    ...body,
  ];
  const fail = (errno: number): Instruction => [RETURN, 0, 0, FAIL | errno];
  const allow: Instruction = [RETURN, 0, 0, ALLOW];
  const onlyItself: readonly Instruction[] = [[LOAD, 0, 0, FIRST_ARGUMENT], [EQUAL, 0, 1, OWN_PID], allow, fail(EPERM)];
  const program: readonly Instruction[] = [
    [LOAD, 0, 0, ARCHITECTURE],
    [EQUAL, 1, 0, calls.architecture],
    [RETURN, 0, 0, KILL],
    [LOAD, 0, 0, NUMBER],
    [AT_LEAST, 0, 1, X32],
    fail(EPERM),
    ...calls.refused.flatMap((number) => to(number, [fail(EACCES)])),
    // glibc falls back to clone, whose flags can be looked at
    ...to(SHARED.clone3, [fail(ENOSYS)]),
    // threads, but no processes
    ...to(calls.clone, [[LOAD, 0, 0, FIRST_ARGUMENT], [ANY_BIT, 0, 1, CLONE_THREAD], allow, fail(EPERM)]),
    ...to(calls.kill, onlyItself),
    ...to(calls.tgkill, onlyItself),
    ...to(calls.prlimit64, [
      [LOAD, 0, 0, FIRST_ARGUMENT],
      [EQUAL, 1, 0, 0],
      [EQUAL, 0, 1, OWN_PID],
      allow,
      fail(EPERM),
    ]),
    allow,
  ];
  return encoded(program);
}

/** A filter of these instructions. */
export function encoded(program: readonly Instruction[]): Filter {
  const bytes = new DataView(new ArrayBuffer(program.length * INSTRUCTION));
  const ownPidAt: number[] = [];
  for (const [index, [operation, jumpTrue, jumpFalse, operand]] of program.entries()) {
    const at = index * INSTRUCTION;
    bytes.setUint16(at, operation, true);
    bytes.setUint8(at + 2, jumpTrue);
    bytes.setUint8(at + 3, jumpFalse);
    if (operand === OWN_PID) ownPidAt.push(at + 4);
    else bytes.setUint32(at + 4, operand, true);
  }
  return { bytes: new Uint8Array(bytes.buffer), ownPidAt };
}
