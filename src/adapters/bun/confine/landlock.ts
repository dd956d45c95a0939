import { statSync } from "node:fs";
import type { ProgramBuilder, Step } from "./program.ts";
import { SHARED, type SystemCalls } from "./system-calls.ts";

// rights on files (linux/landlock.h)
const EXECUTE = 1;
const WRITE = 2;
const READ = 4;
const LIST = 8;

/** Rights that a rule may give on a single file. */
const ON_FILES = EXECUTE | WRITE | READ;

/** The rights on files that each version of Landlock knows: whatever is handled and not granted is refused. */
const HANDLED = [0, 13, 14, 15, 15, 16].map((bits) => 2 ** bits - 1);

const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;
const AT_FDCWD = -100;
const PATH_BENEATH = 1;

/** What may be reached of the file system. Paths that do not exist count for nothing. */
export interface FileGrants {
  /** Folders and files to read. */
  readonly read: readonly string[];
  /** Folders whose entries may be listed, and no more. */
  readonly list: readonly string[];
  readonly execute: readonly string[];
  /** Devices to read and write. */
  readonly devices: readonly string[];
}

/**
 * The steps that confine a process to these files. `free` is the lowest descriptor that is not open, and all above it are not:
 * new ones get it and the one after it. Exits with `orExit` if the kernel refuses.
 */
export function landlockSteps(
  program: ProgramBuilder,
  { calls, version, grants, free, orExit }: LandlockPlan,
): readonly Step[] {
  const [rules, path] = [free, free + 1];
  // what is governed: every right on files; TCP since version 4; signals and abstract sockets since 6
  const files = HANDLED[Math.min(version, HANDLED.length - 1)] ?? 0;
  const attributes = program.place(new Uint8Array(BigUint64Array.of(BigInt(files), 3n, 3n).buffer));
  const size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  const grant = (granted: string, rights: number): readonly Step[] => {
    // one that there is not yet is taken for a folder
    const isFolder = statSync(granted, { throwIfNoEntry: false })?.isDirectory() ?? true;
    const rule = new DataView(new ArrayBuffer(16));
    rule.setBigUint64(0, BigInt(isFolder ? rights : rights & ON_FILES), true);
    rule.setInt32(8, path, true);
    const ruleAt = program.place(new Uint8Array(rule.buffer));
    return [
      { number: calls.open, args: [AT_FDCWD, program.text(granted), O_PATH | O_CLOEXEC] },
      { number: SHARED.landlockAddRule, args: [rules, PATH_BENEATH, ruleAt] },
      { number: calls.close, args: [path] },
    ];
  };
  return [
    { number: SHARED.landlockCreateRuleset, args: [attributes, size], orExit },
    ...grants.read.flatMap((one) => grant(one, READ | LIST)),
    ...grants.list.flatMap((one) => grant(one, LIST)),
    ...grants.execute.flatMap((one) => grant(one, READ | LIST | EXECUTE)),
    ...grants.devices.flatMap((one) => grant(one, READ | WRITE)),
    { number: SHARED.landlockRestrictSelf, args: [rules], orExit },
  ];
}

/** What `landlockSteps` needs to know. */
export interface LandlockPlan {
  readonly calls: SystemCalls;
  /** The version of Landlock that the kernel has. */
  readonly version: number;
  readonly grants: FileGrants;
  readonly free: number;
  readonly orExit: number;
}
