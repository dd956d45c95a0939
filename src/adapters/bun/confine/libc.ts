import { dlopen, ptr } from "bun:ffi";

/** The C library, as far as a process needs it to confine itself. Negative results are failures. */
export interface Libc {
  /** A system call by number; every argument is a number or an address. */
  syscall(number: number, ...args: readonly number[]): number;
  /** The address of bytes; they are kept alive as long as this object is. */
  address(bytes: Uint8Array): number;
  /** The address of a text that ends with a zero. */
  text(text: string): number;
  /** The address of a list of addresses that ends with a zero. */
  list(texts: readonly string[]): number;
}

/** Opens glibc; null where there is none (musl, other systems). */
export function openLibc(): Libc | null {
  const library = load();
  if (library === null) return null;
  // memory that the kernel is told of must outlive the call
  const kept: Uint8Array[] = [];
  const address = (bytes: Uint8Array): number => {
    kept.push(bytes);
    return Number(ptr(bytes));
  };
  const text = (value: string): number => address(new TextEncoder().encode(`${value}\0`));
  return {
    address,
    text,
    list(texts) {
      const pointers = new BigUint64Array(texts.length + 1);
      for (const [index, one] of texts.entries()) pointers[index] = BigInt(text(one));
      return address(new Uint8Array(pointers.buffer));
    },
    syscall(number, ...args) {
      const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = args;
      return Number(library.symbols.syscall(number, a, b, c, d, e, f));
    },
  };
}

function load() {
  try {
    return dlopen("libc.so.6", {
      syscall: { args: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"], returns: "i64" },
    });
  } catch {
    return null;
  }
}
