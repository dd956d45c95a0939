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
 * case do not count. Only fields that the viewer sees are looked in, or the answer would tell what the others hold.
 * @throws BakendError `bad_request` if the viewer has nothing to search or no word is given
 */
export function searchFrom(collection: Collection, viewer: Viewer, text: string): Fragment {
  const seen = collection.searchable.filter((name) => viewer.sees(collection.name, name));
  if (seen.length === 0) {
    throw new BakendError("bad_request", `search: ${collection.name} has no field marked "searchable".`);
  }
  const terms = text.match(/[\p{L}\p{N}\p{M}_]+/gu) ?? [];
  if (terms.length === 0) throw new BakendError("bad_request", "search: give at least one word.");
  if (terms.length > MAX_TERMS) throw new BakendError("bad_request", `search: at most ${MAX_TERMS} words.`);
  const { index, rows } = searchTables(collection.name);
  const words = terms.map((term) => `"${term}"*`).join(" ");
  // the index's names for the fields, as `searchOf` in migrations gives them
  const column = (name: string): string => `"${name}:text"`;
  const quote = sqliteDialect.quote;
  return {
    sql:
      `FROM ${quote(index)}(?) AS s JOIN ${quote(rows)} AS m ON m."row" = s.rowid ` +
      `JOIN ${quote(collection.name)} AS ${ROW} ON ${ROW}."id" = m."id"`,
    params: [seen.length < collection.searchable.length ? `{${seen.map(column).join(" ")}} : (${words})` : words],
  };
}
