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
    const [said, owed] = [apart(actual, expected), apart(expected, actual)];
    throw new Mismatch(`${door} ${canonical(about) ?? ""}\n  the app says    ${said}\n  it should say   ${owed}`);
  };
}

/** Of two lists with different items, only the items that the other one does not have. */
function apart(one: unknown, other: unknown): string {
  if (!Array.isArray(one) || !Array.isArray(other)) return canonical(one);
  const known = new Set(other.map(canonical));
  const own = one.filter((item) => !known.has(canonical(item)));
  return own.length === 0 && one.length === other.length
    ? canonical(one)
    : `${one.length} items, among them ${canonical(own)}`;
}
