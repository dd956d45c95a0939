import type { Ask } from "../messages.ts";

/** The methods that only read. What is not named here may change something. */
const READS: Readonly<Partial<Record<Ask["op"], readonly string[]>>> = {
  db: ["list", "get", "count", "aggregate"],
  auth: ["user", "verify"],
  storage: ["get", "read", "url"],
};

/** Whether it makes no difference to anybody that something is asked for once more. */
export function isRead(ask: Ask): boolean {
  return "method" in ask && (READS[ask.op]?.includes(ask.method) ?? false);
}
