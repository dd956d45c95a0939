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
    const at = fault.index ?? (drafts.length === 1 ? 0 : undefined);
    const faulty = at === undefined ? undefined : drafts[at];
    if (at !== undefined && faulty !== undefined) {
      await refuse(faulty.entry, fault.reason);
      await writeAround(drafts.slice(0, at), writeAll, refuse);
      await writeAround(drafts.slice(at + 1), writeAll, refuse);
      return;
    }
    // the error names none of them: halves, until it has to
    const middle = drafts.length >> 1;
    await writeAround(drafts.slice(0, middle), writeAll, refuse);
    await writeAround(drafts.slice(middle), writeAll, refuse);
  }
}
