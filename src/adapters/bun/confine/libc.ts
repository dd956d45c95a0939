import { dlopen, ptr } from "bun:ffi";

/** Makes a system call by its number. Arguments are numbers, or bytes whose address is meant. Negative results are failures. */
export type SystemCall = (number: number, ...args: readonly (number | Uint8Array)[]) => number;

let opened: SystemCall | null | undefined;

/**
 * The way to system calls through glibc; null where there is none (musl, other systems).
 * @throws Error where it cannot be opened for the moment
 */
export function systemCall(): SystemCall | null {
  if (opened === undefined) opened = load();
  return opened;
}

function load(): SystemCall | null {
  try {
    const { symbols } = dlopen("libc.so.6", {
      syscall: { args: ["i64", "i64", "i64", "i64"], returns: "i64" },
    });
    return (number, ...args) => {
      const [a = 0, b = 0, c = 0] = args.map((arg) => (typeof arg === "number" ? arg : Number(ptr(arg))));
      return Number(symbols.syscall(number, a, b, c));
    };
  } catch (error) {
    if (String(error).includes("No such file")) return null;
    throw error;
  }
}
