import type { Report } from "../field-problems.ts";
import type { Catalog } from "./catalog.ts";
import type { CollectionDefinition } from "./definition.ts";

/** What begins with an underscore is the engine's: secrets, sessions, keys. A letter after it, so that LIKE '_%' is none. */
const OWN_TABLE = /(?<![\w$\u0080-\uffff])_[a-z]/i;
const HASH = /passwordhash/i;
/** Texts and names in quotes, and comments. */
const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]/;
const COMMENT = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/;
const APART = new RegExp(`(${QUOTED.source})|${COMMENT.source}`, "g");
/** `SELECT *`, `, *` and `t.*`; neither `count(*)` nor a product. */
const STAR = /(?:\b(?:select|distinct|all)|[,.])\s*\*/i;

/** Checks a view by itself: that there is a query, and that it reads nothing that only the engine knows. */
export function checkView({ kind, query, indexes, fields, permissions }: CollectionDefinition, report: Report): void {
  if (kind !== "view") {
    if (query !== undefined) report("query", "unknown_field", 'only a collection of kind "view" has a query');
    return;
  }
  if (query === undefined) report("query", "required", "a view needs a query");
  else if (OWN_TABLE.test(query)) report("query", "pattern", "names beginning with _ belong to the engine");
  else if (HASH.test(query)) report("query", "pattern", "no view tells password hashes");
  if (indexes !== undefined) report("indexes", "unknown_field", "a view has no indexes");
  for (const action of ["join", "send"] as const)
    if (permissions?.[action] !== undefined)
      report(`permissions.${action}`, "unknown_field", "the rows of a view are no rooms");
  if (fields.some((field) => "searchable" in field && field.searchable))
    report("fields", "enum", "a view cannot be searched");
}

/** Checks that a view takes the columns of accounts by their names: the hash of the password is one of them. */
export function checkViewOver({ collections }: Catalog, { query = "" }: CollectionDefinition, report: Report): void {
  const bare = query.replace(APART, (_, quoted: string | undefined) => (quoted === undefined ? " " : "x"));
  if (!STAR.test(bare)) return;
  const accounts = collections.find(
    ({ kind, name }) => kind === "auth" && new RegExp(`(?<![\\w$])${name}(?![\\w$])`, "i").test(query),
  );
  if (accounts) report("query", "pattern", `name the columns of ${accounts.name} that are wanted`);
}
