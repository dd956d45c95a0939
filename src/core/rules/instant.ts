import { toInstant } from "../../tools/index.ts";

/**
 * The form in which a constant is compared with a `YYYY-MM-DD` value: a midnight UTC as `YYYY-MM-DD`, any other
 * instant in full. Compared as texts, the day sorts before every later instant of the same day, as it should.
 */
export function toDay(text: string): string | undefined {
  const instant = toInstant(text);
  return instant?.endsWith(MIDNIGHT) ? instant.slice(0, 10) : instant;
}

/** What turns a `YYYY-MM-DD` into its midnight. */
export const MIDNIGHT = "T00:00:00.000Z";
