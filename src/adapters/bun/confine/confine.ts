import { landlockRules, landlockVersion } from "./landlock.ts";
import { openLibc } from "./libc.ts";
import { seccompFilter } from "./seccomp.ts";
import { SHARED, systemCallsOf } from "./system-calls.ts";

/** What a process is to be left with. */
export interface Confinement {
  /** Folders and files that may be read. */
  readonly read: readonly string[];
  /** Folders whose entries may be listed. */
  readonly list: readonly string[];
  /** Bytes of address space. */
  readonly memory: number;
}

// linux/prctl.h
const SET_DEATH_SIGNAL = 1;
const SET_SECCOMP = 22;
const SET_NO_NEW_PRIVILEGES = 38;
const FILTER = 2;
const SIGKILL = 9;

/** Of all privileges of root this one is left: to read a project's files, whoever they belong to. Landlock goes before it. */
const READ_SEARCH = 1 << 2;
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

/**
 * Confines this process for good and runs `command` in its place: from then on every thread of it is confined. Returns
 * only where that is not possible, with the reason.
 */
export function confineAndRun({ read, list, memory }: Confinement, command: readonly string[]): string {
  const [program = ""] = command;
  const calls = process.platform === "linux" ? systemCallsOf(process.arch) : null;
  if (calls === null) return `${process.platform} on ${process.arch} has no sandbox here`;
  const libc = openLibc();
  if (libc === null) return "the C library is not glibc";
  const version = landlockVersion(libc);
  if (version < 1) return "the kernel has no Landlock";
  // 1. everything is prepared while everything is still allowed
  const rules = landlockRules(libc, calls, version, {
    read: [...read, ...SYSTEM, `/proc/${process.pid}`],
    list,
    execute: [...LIBRARIES, program],
    devices: DEVICES,
  });
  if (rules < 0) return "the kernel refuses Landlock rules";
  const filter = seccompFilter(calls, process.pid);
  const descriptor = new BigUint64Array([BigInt(filter.length / 8), BigInt(libc.address(filter))]);
  const filterAt = libc.address(new Uint8Array(descriptor.buffer));
  const header = libc.address(new Uint8Array(new Uint32Array([CAPABILITY_VERSION, 0]).buffer));
  const capabilities = libc.address(new Uint8Array(new Uint32Array([READ_SEARCH, READ_SEARCH, 0, 0, 0, 0]).buffer));
  const noCapabilities = libc.address(new Uint8Array(24));
  const limits = (
    [
      [ADDRESS_SPACE, memory],
      [CORE, 0],
      [FILE_SIZE, 0],
      [OPEN_FILES, 256],
    ] as const
  ).map(
    ([what, most]) =>
      [what, libc.address(new Uint8Array(new BigUint64Array([BigInt(most), BigInt(most)]).buffer))] as const,
  );
  const [path, args, env] = [libc.text(program), libc.list(command), libc.list(ENVIRONMENT)];
  // 2. this process goes when its parent goes, and never gains a privilege
  libc.syscall(calls.prctl, SET_DEATH_SIGNAL, SIGKILL);
  if (libc.syscall(calls.prctl, SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) !== 0) return "the kernel refuses no_new_privs";
  if (libc.syscall(calls.capset, header, capabilities) !== 0) libc.syscall(calls.capset, header, noCapabilities);
  // 3. confined from here on: what fails now must not go on
  if (libc.syscall(SHARED.landlockRestrictSelf, rules, 0) !== 0) return fatal("Landlock");
  if (libc.syscall(calls.prctl, SET_SECCOMP, FILTER, filterAt) !== 0) return fatal("seccomp");
  for (const [what, at] of limits) libc.syscall(calls.setrlimit, what, at);
  libc.syscall(calls.execve, path, args, env);
  return fatal("execve");
}

function fatal(step: string): never {
  process.stderr.write(`the sandbox failed at ${step}\n`);
  process.exit(70);
}
