import { type SqlValue, sqliteDialect } from "../../database/index.ts";
import { ANONYMOUS, bypassesRules, isInScope, type Principal } from "../../principal.ts";
import { and, compile, isNever, type SqlFragment } from "../../rules/index.ts";
import { accessCondition, type Caller, fieldCondition } from "../access.ts";
import type { BackLink, Catalog } from "../catalog.ts";
import { ROW } from "../collection.ts";
import { FILE_TABLE } from "../fields/index.ts";

/** What roles can grant about all files, and API keys can be good for: `storage.view`, `storage:view`. */
export type FileRight = "upload" | "view" | "delete";

/** What the scopes of API keys call it. */
const SCOPED: Readonly<Record<FileRight, string>> = { upload: "create", view: "view", delete: "delete" };

/** The alias under which statements know the row of a file. */
export const FILE = "f";

const { quote } = sqliteDialect;

/** Whether the key that somebody came with, if any, is good for something about files. */
export function isInFileScope(principal: Principal, right: FileRight): boolean {
  return isInScope(principal, "storage", SCOPED[right]);
}

/** Whether somebody may do something with every file: admins, and whom a role grants it. */
export function mayWithAll({ roles }: Catalog, principal: Principal, right: FileRight): boolean {
  if (!isInFileScope(principal, right)) return false;
  if (bypassesRules(principal)) return true;
  return "role" in principal && roles.grantsOf(principal.role, `storage.${right}`).length > 0;
}

/** SQL over the alias `FILE` that holds for the caller's own files, if they may do this with them. */
function ownFiles({ principal }: Caller, right: FileRight): readonly SqlFragment[] {
  if (principal.kind !== "user" || !isInFileScope(principal, right)) return [];
  const { id, collection } = principal;
  return [{ sql: `(${FILE}."ownerId" = ? AND ${FILE}."ownerCollection" = ?)`, params: [id, collection] }];
}

/**
 * SQL over the alias `FILE` that holds for the files with which a caller may do this. Read are public files, one's own, and those
 * that a record holds which the caller may view, in a field that the caller may see.
 */
export function fileCondition(catalog: Catalog, asked: Caller, right: "view" | "delete"): SqlFragment {
  const caller = "guest" in asked.principal ? { ...asked, principal: ANONYMOUS } : asked;
  if (mayWithAll(catalog, caller.principal, right)) return { sql: "1", params: [] };
  const own = ownFiles(caller, right);
  if (right === "delete") return anyOf(own);
  const held = catalog.linksTo(FILE_TABLE).flatMap((back) => heldInSight(catalog, caller, back));
  return anyOf([{ sql: `${FILE}."visibility" = 'public'`, params: [] }, ...own, ...held]);
}

/** SQL that holds for the files in one field of the records that the caller may view. */
function heldInSight(catalog: Catalog, caller: Caller, { collection, field }: BackLink): readonly SqlFragment[] {
  const many = field.schema.kind === "many";
  // the links of a to-many field are stored with records, and a view has none
  if (field.definition.hidden || (many && collection.kind === "view")) return [];
  const rule = and(
    accessCondition(catalog, collection, "view", caller),
    fieldCondition(catalog, collection, field.name, "view", caller),
  );
  if (isNever(rule)) return [];
  const { sql, params } = compile(rule, { dialect: sqliteDialect, table: ROW });
  const table = `${quote(collection.name)} AS ${ROW}`;
  const from =
    field.schema.kind === "many"
      ? `${quote(field.schema.table)} AS l JOIN ${table} ON ${ROW}."id" = l."source" WHERE l."target" = ${FILE}."id"`
      : `${table} WHERE ${ROW}.${quote(field.name)} = ${FILE}."id"`;
  return [{ sql: `EXISTS (SELECT 1 FROM ${from} AND ${sql})`, params }];
}

function anyOf(parts: readonly SqlFragment[]): SqlFragment {
  if (parts.length === 0) return { sql: "0", params: [] };
  const params: readonly SqlValue[] = parts.flatMap((part) => part.params);
  return { sql: `(${parts.map((part) => part.sql).join(" OR ")})`, params };
}
