import type { SystemCalls } from "./system-calls.ts";

/** One system call of a program. */
export interface Step {
  readonly number: number;
  /** At most six; addresses are those that `place` has given. */
  readonly args: readonly number[];
  /** Where the result goes, as 32 bits. */
  readonly keepAt?: number;
  /** The code that the program exits with if the call fails; it goes on if there is none. */
  readonly orExit?: number;
}

/** Makes a program whose steps speak of bytes in its memory. */
export interface ProgramBuilder {
  /** Puts bytes into the program's memory. Returns their address. */
  place(bytes: Uint8Array): number;
  /** Puts a text there that ends with a zero. */
  text(text: string): number;
  /** Puts a list of texts there, as addresses, that ends with a zero. */
  list(texts: readonly string[]): number;
  /** Makes the program of these steps, one after another: the last must not return. */
  build(steps: readonly Step[]): Program;
}

/** An executable for Linux (ELF, 64 bits): what it consists of, and where in the file that is. The rest is empty. */
export type Program = readonly { readonly at: number; readonly bytes: Uint8Array }[];

/** Where code and data begin in memory; between them is the largest page that the processors have. */
const CODE = 0x400000;
const PAGE = 0x10000;
const DATA = CODE + PAGE;

// System V ABI, chapters 4 and 5
const HEADER = 64;
const SEGMENT = 56;
const EXECUTABLE = 2;
const LOAD = 1;
const STACK = 0x6474e551;
const [X, W, R] = [1, 2, 4];

/**
 * What each processor runs; `as` makes it of the lines beside it. The address of the first step stands at the beginning of the
 * data.
 */
const CODES: Readonly<Record<SystemCalls["processor"], { readonly machine: number; readonly code: string }>> = {
  x64: {
    machine: 62,
    code: `
      48 8b 1c 25 00 00 41 00         mov rbx, [0x410000]
      48 8b 03                  next: mov rax, [rbx]
      48 8b 7b 08                     mov rdi, [rbx+8]
      48 8b 73 10                     mov rsi, [rbx+16]
      48 8b 53 18                     mov rdx, [rbx+24]
      4c 8b 53 20                     mov r10, [rbx+32]
      4c 8b 43 28                     mov r8, [rbx+40]
      4c 8b 4b 30                     mov r9, [rbx+48]
      0f 05                           syscall
      48 8b 4b 38                     mov rcx, [rbx+56]
      89 01                           mov [rcx], eax
      48 8b 7b 40                     mov rdi, [rbx+64]
      48 83 c3 48                     add rbx, 72
      48 85 c0                        test rax, rax
      79 d0                           jns next
      48 85 ff                        test rdi, rdi
      74 cb                           jz next
      b8 e7 00 00 00                  mov eax, 231
      0f 05                           syscall`,
  },
  arm64: {
    machine: 183,
    code: `
      33 08 a0 d2                     mov x19, #0x410000
      73 02 40 f9                     ldr x19, [x19]
      68 02 40 a9               next: ldp x8, x0, [x19]
      61 0a 41 a9                     ldp x1, x2, [x19, #16]
      63 12 42 a9                     ldp x3, x4, [x19, #32]
      65 26 43 a9                     ldp x5, x9, [x19, #48]
      01 00 00 d4                     svc #0
      20 01 00 b9                     str w0, [x9]
      69 22 40 f9                     ldr x9, [x19, #64]
      73 22 01 91                     add x19, x19, #72
      00 ff ff b6                     tbz x0, #63, next
      e9 fe ff b4                     cbz x9, next
      e0 03 09 aa                     mov x0, x9
      c8 0b 80 d2                     mov x8, #94
      01 00 00 d4                     svc #0`,
  },
};

/** Begins a program. It has no memory but what is placed, and nothing of what the C library does. */
export function createProgram(processor: SystemCalls["processor"]): ProgramBuilder {
  const placed: Uint8Array[] = [];
  let end = DATA;
  const place = (bytes: Uint8Array): number => {
    const at = end;
    const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
    padded.set(bytes);
    placed.push(padded);
    end += padded.length;
    return at;
  };
  const words = (values: readonly number[]): Uint8Array => new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  // where the first step is
  place(words([0]));
  const nowhere = place(new Uint8Array(8));
  const text = (value: string): number => place(new TextEncoder().encode(`${value}\0`));
  return {
    place,
    text,
    list: (texts) => place(words([...texts.map(text), 0])),
    build(steps) {
      // a step is its number, six arguments, where the result goes, and the code to exit with; 64 bits each
      const table = steps.flatMap(({ number, args, keepAt = nowhere, orExit = 0 }) => {
        const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = args;
        return [number, a, b, c, d, e, f, keepAt, orExit];
      });
      placed[0] = words([place(words(table))]);
      const data = Buffer.concat(placed);
      const { machine, code } = CODES[processor];
      const codeBytes = bytesOf(code);
      return [
        { at: 0, bytes: Buffer.concat([headers(machine, codeBytes.length, data.length), codeBytes]) },
        { at: PAGE, bytes: data },
      ];
    },
  };
}

/** The bytes that stand at the beginnings of lines. */
function bytesOf(lines: string): Uint8Array {
  const pairs = lines.split("\n").flatMap((line) => /^ +((?:[\da-f]{2} )+)/.exec(line)?.[1]?.trim().split(" ") ?? []);
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

function headers(machine: number, code: number, data: number): Uint8Array {
  const segments: readonly (readonly [type: number, rights: number, offset: number, address: number, size: number])[] =
    [
      [LOAD, R | X, 0, CODE, HEADER + 3 * SEGMENT + code],
      [LOAD, R | W, PAGE, DATA, data],
      [STACK, R | W, 0, 0, 0],
    ];
  const bytes = new Uint8Array(HEADER + segments.length * SEGMENT);
  const view = new DataView(bytes.buffer);
  // 1. 64 bits, little-endian, version 1
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  for (const [at, value] of [
    [16, EXECUTABLE],
    [18, machine],
    [20, 1],
    [52, HEADER],
    [54, SEGMENT],
    [56, segments.length],
  ] as const)
    view.setUint16(at, value, true);
  view.setBigUint64(24, BigInt(bytes.length + CODE), true);
  view.setBigUint64(32, BigInt(HEADER), true);
  // 2. what of the file is where in memory
  for (const [index, [type, rights, offset, address, size]] of segments.entries()) {
    const at = HEADER + index * SEGMENT;
    view.setUint32(at, type, true);
    view.setUint32(at + 4, rights, true);
    for (const [place, value] of [offset, address, address, size, size, PAGE].entries())
      view.setBigUint64(at + 8 + place * 8, BigInt(value), true);
  }
  return bytes;
}
