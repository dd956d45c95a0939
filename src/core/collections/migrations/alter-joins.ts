import { sqliteDialect } from "../../database/index.ts";
import type { Collection } from "../collection.ts";
import type { Field } from "../fields/index.ts";
import { reportLoss, targetAfter } from "./alter-table.ts";
import { formerField } from "./changes.ts";
import { count, type Draft, step } from "./draft.ts";
import { joinSql } from "./physical.ts";

const { quote } = sqliteDialect;

/** Brings the tables of to-many relations to what is wanted. Links stay where the relation still leads to the same records. */
export async function alterJoins(draft: Draft, from: Collection, to: Collection): Promise<void> {
  for (const field of to.fields) if (field.schema.kind === "many") await alterJoin(draft, from, to, field);
  for (const field of from.fields) {
    if (field.schema.kind !== "many") continue;
    const successor = to.fields.find((one) => formerField(from, to, one) === field);
    if (successor?.schema.kind === "many") continue;
    const copied = successor?.schema.kind === "one" && targetAfter(draft, field) === successor.schema.target;
    if (!copied) await reportLinks(draft, from, field);
    step(draft, to, `drop relation ${from.name}.${field.name}`, [`DROP TABLE ${quote(field.schema.table)}`]);
  }
}

async function alterJoin(draft: Draft, from: Collection, to: Collection, field: Field): Promise<void> {
  if (field.schema.kind !== "many") return;
  const { table, target } = field.schema;
  const former = formerField(from, to, field);
  const old = former?.schema.kind === "many" ? former.schema.table : null;
  const leadsOn = former !== undefined && targetAfter(draft, former) === target;
  if (old === table && former?.link?.target === target && former.link.onDelete === field.link?.onDelete) return;

  if (former && !leadsOn) {
    if (old) await reportLinks(draft, from, former);
    else await reportLoss(draft, from, former, `${from.name}.${former.name}`);
  }
  const fresh = quote(`${table}:new`);
  const [create = "", index = ""] = joinSql(to.name, field);
  const source = leadsOn && former ? linksOf(from, former) : null;
  const sql = [
    create.replace(`CREATE TABLE ${quote(table)}`, `CREATE TABLE ${fresh}`),
    ...(source ? [`INSERT INTO ${fresh} ("source", "target", "position") ${source}`] : []),
    ...(old ? [`DROP TABLE ${quote(old)}`] : []),
    `ALTER TABLE ${fresh} RENAME TO ${quote(table)}`,
    index,
  ];
  // the copy of a former to-one column must come before the table that holds it is rebuilt
  const first = former?.schema.kind === "one" ? draft.steps.findIndex((one) => one.collection === to.name) : -1;
  const words = `${old ? "rebuild" : "add"} relation ${to.name}.${field.name}`;
  draft.steps.splice(first < 0 ? draft.steps.length : first, 0, { collection: to.name, words, sql });
}

function linksOf(from: Collection, former: Field): string | null {
  if (former.schema.kind === "many") return `SELECT "source", "target", "position" FROM ${quote(former.schema.table)}`;
  if (former.schema.kind !== "one") return null;
  const column = quote(former.name);
  return `SELECT "id", ${column}, 0 FROM ${quote(from.name)} WHERE ${column} IS NOT NULL`;
}

async function reportLinks(draft: Draft, from: Collection, field: Field): Promise<void> {
  if (field.schema.kind !== "many") return;
  const links = await count(draft, `SELECT count(*) AS "n" FROM ${quote(field.schema.table)}`);
  if (links > 0) draft.losses.push(`relation ${from.name}.${field.name} with ${links} links`);
}
