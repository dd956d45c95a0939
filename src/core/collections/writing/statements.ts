import { getOrAdd } from "../../../tools/index.ts";
import { type SqlValue, type Statement, sqliteDialect } from "../../database/index.ts";
import { type Condition, isAlways } from "../../rules/index.ts";
import { type Collection, ROW } from "../collection.ts";
import { compiledRule } from "../compiled-rule.ts";
import type { Field } from "../fields/index.ts";
import { searchTables } from "../reading/index.ts";
import type { StoredRecord } from "../record.ts";
import { sameValue } from "./validate.ts";

const { quote } = sqliteDialect;
const insertTexts = new WeakMap<Collection, string>();
/** A text that is the same string each time is found at once wherever statements are kept by their texts. */
const checkTexts = new WeakMap<Collection, WeakMap<Condition, string>>();
const newTexts = (): WeakMap<Condition, string> => new WeakMap();

/** Inserts a record's row, its place in the full-text index, and the rows of its to-many relations. */
export function insertStatements(collection: Collection, record: StoredRecord): Statement[] {
  const params: SqlValue[] = [record.id];
  const links: Statement[] = [];
  for (const field of collection.fields) {
    for (const value of field.store(record[field.name])) params.push(value);
    if (field.schema.kind === "many")
      links.push(...linkStatements(field.schema.table, record.id, idsOf(record, field)));
  }
  params.push(record.createdAt, record.updatedAt, record.version);
  const row = { sql: insertText(collection), params };
  return [row, ...searchStatements(collection, record), ...links];
}

/** A searchable record's row in the full-text index: first its number there, then its texts. */
function searchStatements(collection: Collection, record: StoredRecord): Statement[] {
  const { name, searchable } = collection;
  if (searchable.length === 0) return [];
  const { index, rows } = searchTables(name);
  const columns = searchable.map((field) => quote(`${field}:text`)).join(", ");
  const texts = searchable.map((field) => record[field] as string | null);
  return [
    { sql: `INSERT INTO ${quote(rows)} ("id") VALUES (?)`, params: [record.id] },
    {
      sql: `INSERT INTO ${quote(index)} (rowid, ${columns}) VALUES (last_insert_rowid(), ${texts.map(() => "?").join(", ")})`,
      params: texts,
    },
  ];
}

/** Changes the columns that differ, provided that the row is still the one that was read and fulfils `rule`. */
export function updateStatements(
  collection: Collection,
  old: StoredRecord,
  record: StoredRecord,
  rule: Condition,
): Statement[] {
  const sets: string[] = [];
  const params: SqlValue[] = [];
  const links: Statement[] = [];
  for (const field of collection.fields) {
    if (sameValue(record[field.name], old[field.name])) continue;
    if (field.schema.kind === "many") {
      const { table } = field.schema;
      links.push({ sql: `DELETE FROM ${quote(table)} WHERE "source" = ?`, params: [record.id] });
      links.push(...linkStatements(table, record.id, idsOf(record, field)));
      continue;
    }
    const values = field.store(record[field.name]);
    field.columns.forEach((column, index) => {
      sets.push(`${quote(column.name)} = ?`);
      params.push(values[index] ?? null);
    });
  }
  const condition = ruleText(rule);
  const row: Statement = {
    sql: `UPDATE ${quote(collection.name)} AS ${ROW} SET ${[...sets, `"updatedAt" = ?`, `"version" = ?`].join(", ")} WHERE "id" = ? AND "version" = ?${condition.sql}`,
    params: [...params, record.updatedAt, record.version, record.id, old.version, ...condition.params],
    expect: 1,
  };
  return [row, ...links];
}

/** Asks that a row is still the one that was read and fulfils `rule`. */
export function currentStatement(collection: Collection, old: StoredRecord, rule: Condition): Statement {
  const condition = ruleText(rule);
  return {
    sql: `SELECT 1 FROM ${quote(collection.name)} AS ${ROW} WHERE ${ROW}."id" = ? AND ${ROW}."version" = ?${condition.sql}`,
    params: [old.id, old.version, ...condition.params],
    expect: 1,
  };
}

/** Deletes a row, provided that it is still the one that was read and fulfils `rule`. */
export function deleteStatement(collection: Collection, old: StoredRecord, rule: Condition): Statement {
  const condition = ruleText(rule);
  return {
    sql: `DELETE FROM ${quote(collection.name)} AS ${ROW} WHERE "id" = ? AND "version" = ?${condition.sql}`,
    params: [old.id, old.version, ...condition.params],
    expect: 1,
  };
}

/** Deletes a row, if it is still there. */
export function goneStatement(collection: Collection, id: string): Statement {
  return { sql: `DELETE FROM ${quote(collection.name)} WHERE "id" = ?`, params: [id] };
}

/** Holds the row as it has just been written against a rule. */
export function checkStatement(collection: Collection, id: string, rule: Condition): Statement {
  const { sql, params } = compiledRule(rule);
  const texts = getOrAdd(checkTexts, collection, newTexts);
  const text = getOrAdd(
    texts,
    rule,
    () => `SELECT 1 FROM ${quote(collection.name)} AS ${ROW} WHERE ${ROW}."id" = ? AND (${sql})`,
  );
  return { sql: text, params: [id, ...params], expect: 1 };
}

/** Reads a whole row, if it fulfils `rule`. */
export function readStatement(collection: Collection, id: string, rule: Condition): Statement {
  const condition = ruleText(rule);
  return {
    sql: `SELECT ${collection.stored.select} FROM ${quote(collection.name)} AS ${ROW} WHERE ${ROW}."id" = ?${condition.sql}`,
    params: [id, ...condition.params],
  };
}

function ruleText(rule: Condition): { readonly sql: string; readonly params: readonly SqlValue[] } {
  if (isAlways(rule)) return { sql: "", params: [] };
  const { sql, params } = compiledRule(rule);
  return { sql: ` AND (${sql})`, params };
}

function insertText(collection: Collection): string {
  const known = insertTexts.get(collection);
  if (known) return known;
  const columns = collection.columns.map((column) => quote(column.name));
  const text = `INSERT INTO ${quote(collection.name)} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
  insertTexts.set(collection, text);
  return text;
}

function linkStatements(table: string, source: string, targets: readonly string[]): Statement[] {
  const sql = `INSERT INTO ${quote(table)} ("source", "target", "position") VALUES (?, ?, ?)`;
  return targets.map((target, position) => ({ sql, params: [source, target, position] }));
}

function idsOf(record: StoredRecord, field: Field): readonly string[] {
  const value = record[field.name];
  return Array.isArray(value) ? value : [];
}
