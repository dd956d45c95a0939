import { NOW } from "./random-value.ts";
import { type Field, type Row, rowsOf, type World } from "./world.ts";

/** What a deletion leaves, or that something stands in its way. `perhaps` only the order in which rows go can tell. */
export interface Aftermath {
  readonly world: World;
  readonly kept: "no" | "perhaps" | "yes";
}

/** Takes a row away with everything that goes along. */
export function withoutRow(world: World, id: string): Aftermath {
  const gone = new Set([id]);
  const points = (row: Row, field: Field): boolean => [row[field.name]].flat().some((one) => gone.has(String(one)));
  const all = (behaviour: string, visit: (row: Row, field: Field) => void): void => {
    for (const { name: holder, fields } of world.collections.values())
      for (const field of fields.filter((one) => "onDelete" in one && one.onDelete === behaviour))
        for (const row of rowsOf(world, holder)) if (points(row, field)) visit(row, field);
  };
  // 1. what goes along, until nothing more does
  for (let before = 0; before < gone.size; ) {
    before = gone.size;
    all("cascade", (row) => gone.add(row.id));
  }
  // 2. what stands in the way
  const holders: Row[] = [];
  all("restrict", (row) => holders.push(row));
  const admins = rowsOf(world, "users").filter(({ role }) => role === "admin");
  const isLast = admins.some((one) => gone.has(one.id)) && admins.every((one) => gone.has(one.id));
  const kept = isLast || holders.some((row) => !gone.has(row.id)) ? "yes" : holders.length > 0 ? "perhaps" : "no";
  // 3. what only loses a link: each relation that does is a change
  const changed = new Map<string, Row>();
  all("setNull", (row, field) => {
    const now = changed.get(row.id) ?? row;
    const value = now[field.name];
    const rest = Array.isArray(value) ? value.filter((one) => !gone.has(String(one))) : null;
    changed.set(row.id, { ...now, [field.name]: rest, updatedAt: NOW, version: Number(now.version) + 1 });
  });
  const left = (rows: readonly Row[]): readonly Row[] =>
    rows.filter((row) => !gone.has(row.id)).map((row) => changed.get(row.id) ?? row);
  const rows = new Map(Array.from(world.rows, ([holder, some]) => [holder, left(some)]));
  return { world: { ...world, rows }, kept };
}
