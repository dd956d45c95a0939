/**
 * Adds up the tests that a runner reports: `N pass` and `N fail` (Bun), `# pass N` or `ℹ pass N` (Node).
 * `undefined` if the output has no such line.
 */
export function readCounts(output) {
  const plain = output.replace(/\p{Cc}\[[0-9;]*m/gu, "");
  const passed = sum(plain, /^\s*(\d+) pass$/gm) ?? sum(plain, /^(?:#|ℹ) pass (\d+)$/gm);
  const failed = sum(plain, /^\s*(\d+) fail$/gm) ?? sum(plain, /^(?:#|ℹ) fail (\d+)$/gm);
  return passed === undefined && failed === undefined ? undefined : { passed: passed ?? 0, failed: failed ?? 0 };
}

function sum(text, pattern) {
  const numbers = [...text.matchAll(pattern)].map((match) => Number(match[1]));
  return numbers.length === 0 ? undefined : numbers.reduce((total, number) => total + number, 0);
}
