import type { Writable } from "node:stream";
import type { GuestLevel } from "../../core/functions/index.ts";

/** Takes what was written, as one line of the log. */
type Log = (level: GuestLevel, message: string) => void;

/** What is written without more than a format. */
const LEVELS: Readonly<Record<string, GuestLevel>> = {
  debug: "debug",
  trace: "debug",
  log: "info",
  info: "info",
  dir: "info",
  warn: "warn",
  error: "error",
};

/** What of the console is no way to write. */
const NOT_OURS: ReadonlySet<string> = new Set(["Console"]);

/**
 * Makes log lines of all that code writes to the console, to the standard output and to that of errors: the first carries
 * messages. What it takes is loaded at its first use: most processes start without a line.
 */
export function redirectConsole(log: Log): void {
  for (const name of Object.keys(console)) {
    // of what is made when it is first asked for, nothing is made
    if (NOT_OURS.has(name)) continue;
    const method: unknown = Reflect.get(console, name);
    if (typeof method !== "function") continue;
    const level = LEVELS[name];
    const put = level
      ? (...parts: readonly unknown[]): void => log(level, format(...parts))
      : (...parts: readonly unknown[]): unknown => full()[name]?.(...parts);
    Object.defineProperty(console, name, { value: put, configurable: true, writable: true });
  }
  const output = once(() => stream("info", log));
  const errors = once(() => stream("warn", log));
  redefine(process, "stdout", output);
  redefine(process, "stderr", errors);

  /** Tables, groups, counts, times: by a console that writes to these two. */
  const full = once((): Readonly<Record<string, ((...parts: readonly unknown[]) => unknown) | undefined>> => {
    const { Console } = process.getBuiltinModule("node:console");
    const made = Object.assign(new Console({ stdout: output(), stderr: errors() }), {
      write: (...parts: readonly (string | Uint8Array)[]) => output().write(parts.map(textOf).join("")),
    });
    return made as never;
  });
}

/** Gives a property a getter. In Bun, to define what was not assigned before would first make what it would have been. */
function redefine(holder: object, name: string, get: () => unknown): void {
  Reflect.set(holder, name, undefined);
  Object.defineProperty(holder, name, { get, configurable: true });
}

/** As the console writes it. */
export function format(...parts: readonly unknown[]): string {
  return process.getBuiltinModule("node:util").format(...parts);
}

function stream(level: GuestLevel, log: Log): Writable {
  const { Writable } = process.getBuiltinModule("node:stream");
  return new Writable({
    write(chunk, _encoding, done) {
      log(level, textOf(chunk).replace(/\n$/, ""));
      done();
    },
  });
}

function textOf(chunk: unknown): string {
  return chunk instanceof Uint8Array ? new TextDecoder().decode(chunk) : String(chunk);
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
