import { spawnSync } from "node:child_process";
import { closeSync, existsSync, readFileSync, writeSync } from "node:fs";
import { CHANNEL } from "../../process/channel.ts";
import { landlockSteps } from "./landlock.ts";
import { type SystemCall, systemCall } from "./libc.ts";
import { createProgram, type Program, type ProgramBuilder, type Step } from "./program.ts";
import { seccompFilter } from "./seccomp.ts";
import { SHARED, type SystemCalls, systemCallsOf } from "./system-calls.ts";

/** What a process is to be left with. */
export interface Confinement {
  /** Folders and files that may be read. */
  readonly read: readonly string[];
  /** Folders whose entries may be listed. */
  readonly list: readonly string[];
  /** Bytes of address space. */
  readonly memory: number;
}

/** The way to confine processes on this machine. */
export interface Confiner {
  /**
   * Makes a program that confines its process for good and runs a command in its own place: from then on every thread of it is
   * confined. Of what is open it keeps the usual descriptors and the channel, which have to be.
   */
  launcher(confinement: Confinement, command: readonly string[]): Program;
  /**
   * Opens a program, in memory, for a process that gets it as the descriptor after its channel: it is `OPENED` there.
   * @throws Error where there is no memory or no descriptor for it
   */
  open(program: Program): number;
}

/** The path of an open program in the process that has got it. */
export const OPENED = `/proc/self/fd/${CHANNEL + 1}`;

// linux/prctl.h
const SET_DEATH_SIGNAL = 1;
const SET_SECCOMP = 22;
const SET_NO_NEW_PRIVILEGES = 38;
const FILTER = 2;
const SIGKILL = 9;

// linux/memfd.h
const CLOSE_ON_EXEC = 1;
const EXECUTABLE = 16;

/** Of all privileges of root this one is left: to read a project's files, whoever they belong to. Landlock goes before it. */
const READ_SEARCH = 1 << 2;
const OWN_STATUS = "/proc/self/status";
const EFFECTIVE = /^CapEff:\s*([\da-f]+)$/m;
const CAPABILITY_VERSION = 0x20080522;

// asm-generic/resource.h
const FILE_SIZE = 1;
const CORE = 4;
const OPEN_FILES = 7;
const ADDRESS_SPACE = 9;

/**
 * Without it the runtime reserves a gigabyte for compiled code, and does without compiling where the address space does not
 * allow that: fifteen times slower. A test holds that code is compiled.
 */
const SMALL_JIT = `BUN_JSC_jitMemoryReservationSize=${64 * 1024 * 1024}`;

/**
 * Without these the runtime reserves a gigabyte for what it allocates, and as much for the shapes of objects, or half of it, or a
 * quarter: the first that fits. Of an address space of little more than that nothing was left to start with. And the C library
 * takes 128 MB for each thread that first allocates something.
 */
const SMALL_RESERVES = ["MIMALLOC_ARENA_RESERVE=131072", "BUN_JSC_structureHeapSizeInKB=131072", "MALLOC_ARENA_MAX=1"];

/** Otherwise the garbage of one process is collected on as many processors as there are. */
const ONE_MARKER = "BUN_JSC_numberOfGCMarkers=1";

const ENVIRONMENT = [SMALL_JIT, ...SMALL_RESERVES, ONE_MARKER];

const LIBRARIES = ["/lib", "/lib64", "/usr/lib", "/usr/lib64"];
const DEVICES = ["/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"];
/** Asked for by the runtime, about the machine and about itself. */
const SYSTEM = ["/sys/devices/system/cpu", "/proc/meminfo", "/proc/cpuinfo", "/etc/localtime", "/usr/share/zoneinfo"];

/** What the kernel may refuse of a launcher's steps; where it does, the process exits with `exitOf`. */
const REFUSED = ["no_new_privs", "Landlock's rules", "a filter of system calls", "the program"] as const;
const FIRST_EXIT = 71;
const exitOf = (refused: (typeof REFUSED)[number]): number => FIRST_EXIT + REFUSED.indexOf(refused);

/** Why a trial may fail to start for good; everything else passes. */
const FOR_GOOD: ReadonlySet<unknown> = new Set(["EACCES", "EPERM", "ENOENT", "ENOEXEC", "ENOSYS"]);

let found: Confiner | string | undefined;

/**
 * The way to confine processes here, which has been tried; where there is none, the reason.
 * @throws Error where it could not be tried for the moment, as without memory or descriptors
 */
export function confiner(): Confiner | string {
  found ??= find();
  return found;
}

function find(): Confiner | string {
  const calls = process.platform === "linux" ? systemCallsOf(process.arch) : null;
  if (calls === null) return `${process.platform} on ${process.arch} has no sandbox here`;
  const call = systemCall();
  if (call === null) return "the C library is not glibc";
  const version = call(SHARED.landlockCreateRuleset, 0, 0, 1);
  if (version < 1) return "the kernel has no Landlock";
  if (!existsSync(OWN_STATUS)) return "there is no /proc";
  const here: Kernel = { call, calls, version };
  const fault = tryOn(here);
  if (fault !== null) return `the kernel refuses ${fault}`;
  return {
    launcher: (confinement, command) => launcherOn(here, confinement, command),
    open: (program) => openOn(here, program),
  };
}

/** Confines a process that ends then. Returns what was refused; null if it went well. */
function tryOn(here: Kernel): string | null {
  const file = openOn(here, trialOn(here));
  try {
    const { status, error } = spawnSync(OPENED, [], {
      stdio: ["ignore", "ignore", "ignore", "pipe", file],
      env: {},
      cwd: "/",
    });
    if (status === 0) return null;
    const refused = status === null ? undefined : REFUSED[status - FIRST_EXIT];
    if (refused !== undefined) return refused;
    if (error && "code" in error && FOR_GOOD.has(error.code)) return `programs in memory (${error.message})`;
    throw error ?? new Error("a trial of the sandbox was ended");
  } finally {
    closeSync(file);
  }
}

/** What is to be known of the kernel. */
interface Kernel {
  readonly call: SystemCall;
  readonly calls: SystemCalls;
  /** The version of Landlock. */
  readonly version: number;
}

function launcherOn(here: Kernel, confinement: Confinement, command: readonly string[]): Program {
  const program = createProgram(here.calls.processor);
  const [path = ""] = command;
  const args = [program.text(path), program.list(command), program.list(ENVIRONMENT)];
  return program.build([
    ...confining(program, here, confinement, path),
    { number: here.calls.execve, args, orExit: exitOf("the program") },
  ]);
}

/** Confines itself like a launcher, and ends. */
function trialOn(here: Kernel): Program {
  const program = createProgram(here.calls.processor);
  const nothing: Confinement = { read: [], list: [], memory: 2 ** 30 };
  return program.build([
    ...confining(program, here, nothing, process.execPath),
    { number: here.calls.exitGroup, args: [0] },
  ]);
}

/** The steps by which a process confines itself, so that it may still run `executed`. */
function confining(
  program: ProgramBuilder,
  { calls, version }: Kernel,
  { read, list, memory }: Confinement,
  executed: string,
): readonly Step[] {
  const words = (...values: readonly number[]): number =>
    program.place(new Uint8Array(Uint32Array.from(values).buffer));
  const long = (...values: readonly number[]): number =>
    program.place(new Uint8Array(BigUint64Array.from(values, BigInt).buffer));
  const free = CHANNEL + 1;
  const grants = {
    read: [...read, ...SYSTEM, "/proc/self"],
    list,
    execute: [...LIBRARIES, executed],
    devices: DEVICES,
  };
  const filter = seccompFilter(calls);
  const filterAt = program.place(filter.bytes);
  const kept = hasReadSearch() ? READ_SEARCH : 0;
  return [
    // 1. this process goes when its parent goes, and never gains a privilege
    { number: SHARED.closeRange, args: [free, 0xffffffff, 0] },
    { number: calls.prctl, args: [SET_DEATH_SIGNAL, SIGKILL] },
    { number: calls.prctl, args: [SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0], orExit: exitOf("no_new_privs") },
    // 2. files, the network's addresses, other processes
    ...landlockSteps(program, { calls, version, grants, free, orExit: exitOf("Landlock's rules") }),
    // 3. privileges, system calls, amounts
    // refused where a service may not speak of privileges: what they are for, Landlock and the filter refuse as well
    { number: calls.capset, args: [words(CAPABILITY_VERSION, 0), words(kept, kept, 0, 0, 0, 0)] },
    ...filter.ownPidAt.map((at) => ({ number: calls.getpid, args: [], keepAt: filterAt + at })),
    {
      number: calls.prctl,
      args: [SET_SECCOMP, FILTER, long(filter.bytes.length / 8, filterAt)],
      orExit: exitOf("a filter of system calls"),
    },
    ...(
      [
        [ADDRESS_SPACE, memory],
        [CORE, 0],
        [FILE_SIZE, 0],
        [OPEN_FILES, 256],
      ] as const
    ).map(([what, most]) => ({ number: calls.setrlimit, args: [what, long(most, most)] })),
  ];
}

/** Whether this process may read whatever there is (capabilities(7)). */
function hasReadSearch(): boolean {
  const [, effective = "0"] = EFFECTIVE.exec(readFileSync(OWN_STATUS, "utf8")) ?? [];
  return (BigInt(`0x${effective}`) & BigInt(READ_SEARCH)) !== 0n;
}

function openOn({ call, calls }: Kernel, program: Program): number {
  const name = Buffer.from("launcher\0");
  const make = (flags: number): number => call(calls.memfdCreate, name, flags);
  // before Linux 6.3 all of them could be run, and no flag said so
  const asked = make(CLOSE_ON_EXEC | EXECUTABLE);
  const file = asked < 0 ? make(CLOSE_ON_EXEC) : asked;
  if (file < 0) throw new Error("there is no memory or no descriptor for a file in memory");
  try {
    for (const { at, bytes } of program) writeSync(file, bytes, 0, bytes.length, at);
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}
