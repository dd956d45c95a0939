import type { Statement } from "../../database/index.ts";
import type { Caller } from "../access.ts";
import type { Engine } from "../engine.ts";
import { FILE_TABLE } from "../fields/index.ts";
import { filesStatement } from "../files/index.ts";
import type { StoredRecord } from "../record.ts";
import { add, type Meaning, type WritePlan } from "./plan.ts";

/**
 * Plans that the files which a record newly holds are such as the caller may read: a file that somebody could put into a record
 * of their own would be open to them. To be planned before the record is written.
 */
export function planFileUse(
  engine: Engine,
  plan: WritePlan,
  caller: Caller,
  meaning: Meaning,
  old: StoredRecord | null = null,
): void {
  const { collection, record } = meaning;
  for (const { name, link } of collection.fields) {
    if (link?.target !== FILE_TABLE) continue;
    const before = idsIn(old?.[name]);
    const ids = idsIn(record[name]).filter((id) => !before.includes(id));
    if (ids.length === 0) continue;
    const usable: Statement = { ...filesStatement(engine, caller, ids), expect: ids.length };
    add(plan, [usable], { ...meaning, onMiss: "file", field: name });
  }
}

function idsIn(value: unknown): readonly string[] {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? value.map(String) : [String(value)];
}
