import { allows } from "./interpreter.ts";
import { shownRecord } from "./permitted.ts";
import { FILES } from "./random-value.ts";
import type { Visit } from "./reading.ts";
import { inScope } from "./roles.ts";
import { isAdmin, rowsOf } from "./world.ts";

/** Asks for every file, each of them protected and nobody's for as long as this takes: only records can open them, and admins. */
export async function readFiles({ app, doors, world, caller, agree }: Visit): Promise<void> {
  const make = (visibility: string) => app.sql(`UPDATE "_files" SET "visibility" = ?`, [visibility]);
  await make("protected");
  const open = new Set<unknown>();
  for (const { name, fields } of world.collections.values()) {
    const files = fields.filter(({ type }) => type === "file");
    for (const row of rowsOf(world, name)) {
      if (!allows(world, name, "view", caller, row)) continue;
      const shown = shownRecord(world, name, caller, row);
      for (const field of files) for (const id of [shown[field.name]].flat()) open.add(id);
    }
  }
  const all = isAdmin(caller) && inScope(caller, "storage", "view");
  for (const id of FILES) agree("file", await doors.file(id), all || open.has(id) ? 200 : 404, id);
  await make("public");
}
