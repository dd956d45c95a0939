const UNITS: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3, tb: 1024 ** 4 };

/**
 * Reads a number of bytes: a number, or text such as `512`, `64kb`, `10mb`, `1.5gb` (1 kb is 1024 bytes).
 * Returns whole bytes, or `undefined` if it is none.
 */
export function parseByteSize(value: number | string): number | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  const match = /^(\d+(?:\.\d+)?)\s*(b|kb|mb|gb|tb)?$/i.exec(value.trim());
  if (match === null) return undefined;
  const bytes = Math.round(Number(match[1]) * (UNITS[(match[2] ?? "b").toLowerCase()] ?? Number.NaN));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Writes bytes for people: `512 B`, `64 KB`, `1.5 MB` (1 KB is 1024 bytes). */
export function formatByteSize(bytes: number): string {
  let value = bytes;
  for (const unit of ["B", "KB", "MB", "GB"]) {
    if (value < 1024) return `${trim(value)} ${unit}`;
    value /= 1024;
  }
  return `${trim(value)} TB`;
}

const trim = (value: number) => (Number.isInteger(value) ? String(value) : value.toFixed(1));
