import type { BakendEvent } from "./event.ts";
import { compilePattern } from "./pattern.ts";

/** Whether an event is part of the stream: what happens all the time and matters to nobody later is not. */
export function isKept({ type }: Pick<BakendEvent, "type">): boolean {
  return !type.startsWith("server.") && !type.startsWith("function.");
}

/**
 * The test of event types for whoever does something about events: as `compilePattern` has it, but `*` leaves out what is in
 * no stream. Whoever wants that names its family; else what is done about everything would set itself off.
 * @throws BakendError `bad_request`
 */
export function compileInterest(pattern: string): (type: string) => boolean {
  return pattern === "*" ? (type) => isKept({ type }) : compilePattern(pattern);
}
