import { sqliteDialect } from "../../database/index.ts";
import { BakendError } from "../../errors.ts";
import type { Viewer } from "../../rules/index.ts";
import { type Collection, ROW } from "../collection.ts";
import type { Fragment } from "./cursor.ts";

/** The full-text index of a collection, and the table that leads from its rows to ids. */
export function searchTables(collection: string): { readonly index: string; readonly rows: string } {
  return { index: `${collection}:search`, rows: `${collection}:search_rows` };
}

const MAX_TERMS = 16;

/**
 * The FROM clause of a search. Every word must occur, whole or as a beginning, in some searchable field; marks and
 * case do not count.
 * @throws BakendError `bad_request` if the collection has nothing to search or no word is given
 */
export function searchFrom(collection: Collection, text: string, { sees }: Pick<Viewer, "sees">): Fragment {
  const fields = collection.searchable.filter((name) => sees(collection.name, name));
  if (fields.length === 0) {
    throw new BakendError("bad_request", `search: ${collection.name} has no field that you can search.`);
  }
  const terms = text.match(/[\p{L}\p{N}\p{M}_]+/gu) ?? [];
  if (terms.length === 0) throw new BakendError("bad_request", "search: give at least one word.");
  if (terms.length > MAX_TERMS) throw new BakendError("bad_request", `search: at most ${MAX_TERMS} words.`);
  const { index, rows } = searchTables(collection.name);
  const quote = sqliteDialect.quote;
  return {
    sql:
      `FROM ${quote(index)}(?) AS s JOIN ${quote(rows)} AS m ON m."row" = s.rowid ` +
      `JOIN ${quote(collection.name)} AS ${ROW} ON ${ROW}."id" = m."id"`,
    params: [`${columnFilter(collection, fields)}${terms.map((term) => `"${term}"*`).join(" ")})`],
  };
}

/** Words are looked for only where this caller may look: finding a record by a field tells what the field holds. */
function columnFilter({ searchable }: Collection, fields: readonly string[]): string {
  return fields.length === searchable.length ? "(" : `{${fields.map((name) => `"${name}:text"`).join(" ")}} : (`;
}
