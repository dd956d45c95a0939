import { randomUUID } from "node:crypto";
import type { Random } from "../core/rules/random.ts";
import type { Effect, Row, Write } from "./ledger.ts";

/** Records in one array. */
export const BATCH = 50;
const WORDS = 1000;

/** What a client knows when it thinks of its next write. Its own rows are written by nobody else. */
export interface Desk {
  readonly random: Random;
  /** Rows of its own that exist, arrays' rows excepted: those stay as they are. */
  readonly own: readonly Row[];
  readonly teams: readonly Row[];
  readonly hot: readonly Row[];
  /** A number that no other call returns. */
  next(): number;
}

/** A word of fixed length, so that none is the beginning of another. */
export const word = (random: Random): string => `word${String(random.below(WORDS)).padStart(3, "0")}`;

const title = (random: Random): string => `${word(random)} ${word(random)} torture`;

/** Thinks of one write. */
export function nextWrite(desk: Desk): Write {
  const { random, own } = desk;
  const kind = random.below(100);
  if (kind < 8) return array(desk);
  if (kind < 20) return batch(desk);
  if (kind < 30) return shared(desk);
  if (kind < 34) return refused(desk);
  if (own.length === 0 || kind < 62) return create(desk);
  const row = random.pick(own);
  return kind < 88 ? patch(desk, row) : remove(row);
}

function create(desk: Desk): Write {
  const row = desk.random.chance(0.15) ? newTeam(desk) : newItem(desk);
  const headers = desk.random.chance(0.5) ? keyed() : {};
  return write("POST", `/api/${row.collection}`, [{ before: null, after: row }], bodyOf(row), headers, [201]);
}

function array(desk: Desk): Write {
  const number = desk.next();
  const rows = Array.from({ length: BATCH }, () => ({ ...newItem(desk), batch: number }));
  const effects = rows.map((after) => ({ before: null, after }));
  const headers = desk.random.chance(0.5) ? keyed() : {};
  return write("POST", "/api/items", effects, rows.map(bodyOf), headers, [201]);
}

function batch(desk: Desk): Write {
  const made = [newTeam(desk), newItem(desk), newItem(desk)];
  const effects: Effect[] = made.map((after) => ({ before: null, after }));
  const operations: unknown[] = made.map((row) => ({ op: "create", collection: row.collection, data: bodyOf(row) }));
  const [one, two] = desk.own;
  if (one) {
    const after = changed(desk, one);
    effects.push({ before: one, after });
    operations.push({ op: "upsert", collection: one.collection, id: one.id, data: changesOf(after) });
  }
  if (two && desk.random.chance(0.3)) {
    effects.push({ before: two, after: null });
    operations.push({ op: "delete", collection: two.collection, id: two.id });
  }
  return write("POST", "/api/batch", effects, { operations }, keyed(), [200]);
}

function patch(desk: Desk, row: Row): Write {
  const after = changed(desk, row);
  const headers = desk.random.chance(0.3) ? { "if-match": `"${row.version}"` } : {};
  const effects = [{ before: row, after }];
  return write("PATCH", `/api/${row.collection}/${row.id}`, effects, changesOf(after), headers, [200]);
}

function remove(row: Row): Write {
  return write("DELETE", `/api/${row.collection}/${row.id}`, [{ before: row, after: null }], undefined, {}, [204]);
}

/** A row that all clients write to. The engine may give up on a crowd with a conflict. */
function shared({ random, hot }: Desk): Write {
  const row = random.pick(hot);
  const request = write("PATCH", `/api/items/${row.id}`, [], { n: random.below(1e6) }, {}, [200, 409]);
  return { ...request, hot: row };
}

/** Several rows of which the last one is not possible: none may be written. */
function refused(desk: Desk): Write {
  const rows = [newItem(desk), newItem(desk), newItem(desk)];
  const taken = { ...bodyOf(newItem(desk)), code: desk.random.pick(desk.teams).code, title: "" };
  const twice = { ...bodyOf(newItem(desk)), code: rows[0]?.code };
  const last = desk.random.chance(0.5) ? taken : twice;
  const effects = rows.map((row) => ({ before: null, after: row }));
  return write("POST", "/api/items", effects, [...rows.map(bodyOf), last], {}, [400, 409]);
}

function write(
  method: string,
  path: string,
  effects: readonly Effect[],
  body: unknown,
  headers: Readonly<Record<string, string>>,
  expect: readonly number[],
): Write {
  return { method, path, effects, headers, expect, ...(body === undefined ? {} : { body }) };
}

const keyed = () => ({ "idempotency-key": randomUUID() });

function newItem(desk: Desk): Row {
  const { random, teams } = desk;
  return {
    ...fresh(desk, "items"),
    team: random.chance(0.7) ? random.pick(teams).id : null,
    tags: [...new Set(random.several(3, () => random.pick(teams).id))],
  };
}

function newTeam(desk: Desk): Row {
  return fresh(desk, "teams");
}

function fresh({ random, next }: Desk, collection: Row["collection"]): Row {
  const code = `${collection}-${next()}`;
  const rest = { team: null, tags: [], batch: null };
  return { collection, id: randomUUID(), code, version: 1, title: title(random), n: random.below(1e6), ...rest };
}

function changed({ random, teams }: Desk, row: Row): Row {
  const after = { ...row, version: row.version + 1, n: random.below(1e6), title: title(random) };
  if (row.collection === "teams") return after;
  return { ...after, tags: [...new Set(random.several(3, () => random.pick(teams).id))] };
}

/** What is sent to create a row. */
export function bodyOf({ collection, id, code, title, n, team, tags, batch }: Row): Record<string, unknown> {
  return { id, code, title, n, ...(collection === "items" ? { team, tags, batch } : {}) };
}

function changesOf({ collection, title, n, tags }: Row): Record<string, unknown> {
  return { title, n, ...(collection === "items" ? { tags } : {}) };
}
