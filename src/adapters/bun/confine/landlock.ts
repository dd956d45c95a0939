import { statSync } from "node:fs";
import type { Libc } from "./libc.ts";
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

/** The version of Landlock that this kernel has; 0 for none. */
export function landlockVersion(libc: Libc): number {
  return Math.max(0, libc.syscall(SHARED.landlockCreateRuleset, 0, 0, 1));
}

/** Makes a rule set: the file descriptor to restrict oneself by. Negative if the kernel refuses. */
export function landlockRules(libc: Libc, calls: SystemCalls, version: number, grants: FileGrants): number {
  // 1. what is governed: every right on files; TCP since version 4; signals and abstract sockets since 6
  const files = HANDLED[Math.min(version, HANDLED.length - 1)] ?? 0;
  const attributes = new BigUint64Array([BigInt(files), 3n, 3n]);
  const size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  const rules = libc.syscall(SHARED.landlockCreateRuleset, libc.address(new Uint8Array(attributes.buffer)), size, 0);
  if (rules < 0) return rules;
  // 2. the exceptions
  const grant = (path: string, rights: number): void => {
    const info = statSync(path, { throwIfNoEntry: false });
    if (info === undefined) return;
    const descriptor = libc.syscall(calls.open, AT_FDCWD, libc.text(path), O_PATH | O_CLOEXEC, 0);
    if (descriptor < 0) return;
    const rule = new DataView(new ArrayBuffer(16));
    rule.setBigUint64(0, BigInt(info.isDirectory() ? rights : rights & ON_FILES), true);
    rule.setInt32(8, descriptor, true);
    libc.syscall(SHARED.landlockAddRule, rules, PATH_BENEATH, libc.address(new Uint8Array(rule.buffer)), 0);
    libc.syscall(calls.close, descriptor);
  };
  for (const path of grants.read) grant(path, READ | LIST);
  for (const path of grants.list) grant(path, LIST);
  for (const path of grants.execute) grant(path, READ | LIST | EXECUTE);
  for (const path of grants.devices) grant(path, READ | WRITE);
  return rules;
}
