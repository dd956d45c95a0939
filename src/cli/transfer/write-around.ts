import type { Entry } from "./entry.ts";
import { recordFault } from "./faults.ts";

/** Something that was made of an entry of the file. */
export interface FromEntry {
  readonly entry: Entry;
}

/** Told of a faulty record. It may throw, and so end the import. */
export type Refuse = (entry: Entry, reason: string) => Promise<void>;

/**
 * Writes records in one transaction. If one of them is refused, none is written; it is told of, and unless that throws
 * the others are written without it. Throws whatever no record is to blame for.
 */
export async function writeAround<T extends FromEntry>(
  drafts: readonly T[],
  writeAll: (drafts: readonly T[]) => Promise<void>,
  refuse: Refuse,
): Promise<void> {
  const [first] = drafts;
  if (first === undefined) return;
  try {
    await writeAll(drafts);
  } catch (error) {
    const fault = recordFault(error);
    if (fault === undefined) throw error;
    const at = drafts.length === 1 ? 0 : fault.index;
    const faulty = at === undefined ? undefined : drafts[at];
    let rest = drafts;
    if (at !== undefined && faulty !== undefined) {
      await refuse(faulty.entry, fault.reason);
      await writeAround(drafts.slice(0, at), writeAll, refuse);
      rest = drafts.slice(at + 1);
    }
    // in halves: where many are faulty, it would take long to begin with all others after each of them
    const middle = rest.length >> 1;
    await writeAround(rest.slice(0, middle), writeAll, refuse);
    await writeAround(rest.slice(middle), writeAll, refuse);
  }
}
