import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { createProgram } from "../../../src/adapters/bun/confine/program.ts";
import { encoded } from "../../../src/adapters/bun/confine/seccomp.ts";
import { systemCallsOf } from "../../../src/adapters/bun/confine/system-calls.ts";

const skip = !("Bun" in globalThis) && "Bun only";

describe("a process that a launcher has confined", { skip }, async () => {
  if (skip) return;
  const { confiner, OPENED } = await import("../../../src/adapters/bun/confine/confine.ts");
  const found = confiner();
  assert.ok(typeof found !== "string", String(found));
  const folder = mkdtempSync(join(tmpdir(), "bakend-confine-"));
  after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "granted"), "what is granted");
  writeFileSync(join(folder, "other"), "what is not");

  /** Runs a command with one file to read. */
  function run(...command: readonly string[]): {
    readonly code: number | null;
    readonly out: string;
    readonly err: string;
  } {
    assert.ok(typeof found !== "string");
    const launcher = found.launcher({ read: [join(folder, "granted")], list: [], memory: 2 ** 30 }, command);
    const file = found.open(launcher);
    const stdio = ["ignore", "pipe", "pipe", "pipe", file] as const;
    const { status, stdout, stderr } = spawnSync(OPENED, [], { stdio: [...stdio], env: {} });
    closeSync(file);
    return { code: status, out: stdout.toString(), err: stderr.toString() };
  }

  test("reads what is granted", () => assert.equal(run("/bin/cat", join(folder, "granted")).out, "what is granted"));

  for (const path of [join(folder, "other"), "/etc/passwd", "/proc/1/environ", "/proc/self/../1/status"])
    test(`does not read ${path.replace(folder, "beside it")}`, () => {
      const { code, out, err } = run("/bin/cat", path);
      assert.deepEqual([code, out], [1, ""]);
      assert.match(err, /Permission denied/);
    });

  test("writes nothing", () => {
    const { code, err } = run("/bin/sh", "-c", `echo > ${join(folder, "new")}`);
    assert.notEqual(code, 0);
    assert.match(err, /Permission denied|cannot create/i);
  });

  test("lists no folder", () => assert.notEqual(run("/bin/ls", folder).code, 0));

  test("starts nothing", () => assert.match(run("/bin/sh", "-c", "/bin/true; /bin/true").err, /fork|not permitted/i));

  test("has nothing open but what it was given", () => {
    const { out } = run("/bin/ls", "/proc/self/fd");
    // the last is that of the folder itself
    assert.deepEqual(out.trim().split("\n"), ["0", "1", "2", "3", "4"]);
  });

  test("knows of the environment what is meant for the runtime", () => {
    const { out } = run("/bin/cat", "/proc/self/environ");
    const names = out.split("\0").flatMap((one) => (one === "" ? [] : [one.split("=")[0]]));
    assert.ok(names.length > 0);
    for (const name of names) assert.match(name ?? "", /^(BUN_JSC_|MIMALLOC_|MALLOC_)/);
  });

  test("has no privileges but to read, cannot gain any, and is filtered", () => {
    const { out } = run("/bin/cat", "/proc/self/status");
    const value = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(out)?.[1] ?? "";
    for (const name of ["CapPrm", "CapEff"]) assert.ok([0, 4].includes(Number.parseInt(value(name), 16)), name);
    assert.equal(Number.parseInt(value("CapInh"), 16), 0);
    assert.deepEqual([value("NoNewPrivs"), value("Seccomp")], ["1", "2"]);
  });

  test("has bounds", () => {
    const { out } = run("/bin/cat", "/proc/self/limits");
    const limit = (name: string): string => new RegExp(`^${name} +(\\d+)`, "m").exec(out)?.[1] ?? "";
    const names = ["Max address space", "Max core file size", "Max file size", "Max open files"];
    assert.deepEqual(names.map(limit), [String(2 ** 30), "0", "0", "256"]);
  });

  test("is confined, too, where the server's own service may not speak of privileges", () => {
    const calls = systemCallsOf(process.arch);
    assert.ok(calls);
    const program = createProgram(calls.processor);
    const filterAt = program.place(without(calls.capset));
    const filter = program.place(new Uint8Array(BigUint64Array.of(4n, BigInt(filterAt)).buffer));
    const module = new URL("../../../src/adapters/bun/confine/confine.ts", import.meta.url).href;
    const told = `import { confiner } from "${module}"; console.log(typeof confiner());`;
    const command = [process.execPath, "-e", told];
    const file = found.open(
      program.build([
        { number: calls.prctl, args: [NO_NEW_PRIVILEGES, 1] },
        { number: calls.prctl, args: [SECCOMP, FILTER, filter], orExit: 1 },
        { number: calls.execve, args: [program.text(process.execPath), program.list(command), program.list([])] },
      ]),
    );
    const { stdout } = spawnSync(OPENED, [], { stdio: ["ignore", "pipe", "inherit", "ignore", file], env: {} });
    closeSync(file);
    assert.equal(stdout.toString(), "object\n");
  });
});

// linux/prctl.h
const NO_NEW_PRIVILEGES = 38;
const SECCOMP = 22;
const FILTER = 2;

/** A filter (seccomp(2)) that refuses one system call. */
function without(number: number): Uint8Array {
  return encoded([
    [0x20, 0, 0, 0],
    [0x15, 0, 1, number],
    [0x06, 0, 0, 0x50001],
    [0x06, 0, 0, 0x7fff0000],
  ]).bytes;
}
