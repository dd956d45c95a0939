import { BakendError } from "../errors.ts";

const PATTERN = /^(\*|[A-Za-z_][\w-]*(\.(\*|[A-Za-z_][\w-]*))+)$/;

/**
 * Turns `*`, `posts.*` or `posts.created` into a test of event types.
 * @throws BakendError `bad_request` for anything else.
 */
export function compilePattern(pattern: string): (type: string) => boolean {
  if (!PATTERN.test(pattern)) {
    throw new BakendError(
      "bad_request",
      `"${pattern}" is not an event pattern: write "*", "posts.*" or "posts.created".`,
    );
  }
  if (pattern === "*") return () => true;
  if (!pattern.endsWith(".*")) return (type) => type === pattern;
  const prefix = pattern.slice(0, -1);
  return (type) => type.startsWith(prefix);
}
