/** JSON with the keys of every object in order. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === "object" && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}

/** An answer is not what was foretold. */
export class Mismatch extends Error {}

/** How much was compared, by door. */
export type Counts = Record<string, number>;

/** Holds an answer against what was foretold. */
export type Agree = (door: string, actual: unknown, expected: unknown, about?: unknown) => void;

export function judge(counts: Counts): Agree {
  return (door, actual, expected, about) => {
    counts[door] = (counts[door] ?? 0) + 1;
    const [is, should] = [canonical(actual), canonical(expected)];
    if (is === should) return;
    throw new Mismatch(`${door} ${canonical(about) ?? ""}\n  the app says    ${is}\n  it should say   ${should}`);
  };
}
