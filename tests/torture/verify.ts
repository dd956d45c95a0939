import type { Random } from "../core/rules/random.ts";
import { send } from "./clients.ts";
import type { Effect, Ledger, Row, Write } from "./ledger.ts";
import { readStored } from "./stored.ts";
import { BATCH, word } from "./writes.ts";

/** What to hold against what. */
export interface VerifyOptions {
  readonly ledger: Ledger;
  readonly database: string;
  /** A server over this database that nobody else writes to. */
  readonly url: string;
  readonly random: Random;
  /** True if a write without an answer must not have happened. */
  readonly allAnswered?: boolean;
}

/** What was found, and how much was looked at. */
export interface Verdict {
  readonly faults: readonly string[];
  /** Writes without an answer that had happened. */
  readonly happened: number;
  /** Requests with an idempotency key that were sent once more. */
  readonly repeated: number;
}

const WORDS_SEARCHED = 4;
const ROWS_FETCHED = 25;

/** Holds the database, and what the server says of it, against the ledger; settles what was unanswered. */
export async function verify(options: VerifyOptions): Promise<Verdict> {
  const { ledger, database, url, random } = options;
  const faults: string[] = [];
  // 1. writes without an answer: each whole or not at all; from here on the ledger knows
  const lost = [...ledger.unanswered];
  const stored = readStored(database, BATCH);
  let happened = 0;
  const happenedBefore = new Map<Write, boolean>();
  for (const write of lost) {
    const whole = settle(write, stored.rows, faults);
    happenedBefore.set(write, whole);
    if (whole) happened += 1;
    if (whole && options.allAnswered) faults.push(`written, but never answered: ${write.method} ${write.path}`);
    ledger.settle(write, whole);
  }
  // 2. every row, by what was acknowledged
  faults.push(...stored.faults, ...compareRows(ledger, stored.rows), ...compareHot(ledger, stored.rows));
  // 3. the requests that may be repeated: exactly one row, whatever had happened
  const repeatable = lost.filter((write) => "idempotency-key" in write.headers);
  for (const write of repeatable)
    faults.push(...(await repeat(url, ledger, write, happenedBefore.get(write) === true)));
  const again = readStored(database, BATCH);
  faults.push(...again.faults, ...compareRows(ledger, again.rows));
  // 4. the same through the server: single rows and full-text search
  const rows = [...ledger.rows.values()].filter((row) => !ledger.hot.has(row.code));
  for (let n = 0; n < ROWS_FETCHED && rows.length > 0; n += 1) faults.push(...(await fetchRow(url, random.pick(rows))));
  for (let n = 0; n < WORDS_SEARCHED; n += 1) faults.push(...(await search(url, word(random), ledger)));
  return { faults, happened, repeated: repeatable.length };
}

/** Whether a write has happened; a fault if it has in part. */
function settle(write: Write, rows: ReadonlyMap<string, Row>, faults: string[]): boolean {
  const done = write.effects.map(({ before, after }: Effect) => {
    const now = rows.get((after ?? before)?.code ?? "") ?? null;
    if (same(now, after)) return true;
    if (!same(now, before)) faults.push(`neither before nor after: ${show(now)} of ${write.method} ${write.path}`);
    return false;
  });
  const count = done.filter(Boolean).length;
  if (count > 0 && count < done.length) {
    faults.push(`done in part: ${count} of ${done.length} rows of ${write.method} ${write.path}`);
  }
  return count === done.length;
}

function compareRows(ledger: Ledger, stored: ReadonlyMap<string, Row>): string[] {
  const faults: string[] = [];
  for (const [code, row] of ledger.rows) {
    if (ledger.hot.has(code)) continue;
    const now = stored.get(code) ?? null;
    if (!same(now, row)) faults.push(`acknowledged ${show(row)}, found ${show(now)}`);
  }
  for (const code of stored.keys()) {
    if (ledger.deleted.has(code)) faults.push(`deleted and back: ${code}`);
    else if (!ledger.rows.has(code)) faults.push(`written by nobody: ${code}`);
  }
  return faults;
}

function compareHot(ledger: Ledger, stored: ReadonlyMap<string, Row>): string[] {
  const faults: string[] = [];
  for (const [code, { acknowledged, unanswered }] of ledger.hot) {
    const version = stored.get(code)?.version ?? 0;
    const writes = version - 1;
    if (version < Math.max(1, ...acknowledged)) faults.push(`${code}: version ${version} is older than acknowledged`);
    if (writes < acknowledged.size || writes > acknowledged.size + unanswered) {
      faults.push(`${code}: ${writes} writes, acknowledged ${acknowledged.size}, unanswered ${unanswered}`);
    }
  }
  return faults;
}

/** Sends a request once more with its key. The comparison that follows finds rows that it made twice. */
async function repeat(url: string, ledger: Ledger, write: Write, happened: boolean): Promise<string[]> {
  const answer = await send(url, write);
  const name = `repeated ${write.method} ${write.path}`;
  if (answer === null) return [`${name}: no answer`];
  if (!write.expect.includes(answer.status)) return [`${name}: ${answer.status} ${answer.text.slice(0, 300)}`];
  if (answer.replayed !== happened) return [`${name}: replayed ${answer.replayed}, had happened ${happened}`];
  if (!happened) ledger.accept(write, answer.version);
  return [];
}

async function fetchRow(url: string, row: Row): Promise<string[]> {
  const response = await fetch(`${url}/api/${row.collection}/${row.id}`);
  const text = await response.text();
  if (response.status !== 200) return [`GET ${row.code}: ${response.status} ${text.slice(0, 200)}`];
  const found = { team: null, tags: [], batch: null, ...JSON.parse(text), collection: row.collection };
  return same(found, row) ? [] : [`GET ${row.code}: ${text.slice(0, 300)}, acknowledged ${show(row)}`];
}

/** Search must find exactly the rows whose title has the word. */
async function search(url: string, term: string, ledger: Ledger): Promise<string[]> {
  const faults: string[] = [];
  for (const collection of ["items", "teams"] as const) {
    const wanted = [...ledger.rows.values()]
      .filter(
        (row) => row.collection === collection && !ledger.hot.has(row.code) && row.title.split(" ").includes(term),
      )
      .map((row) => row.id);
    const found = await searchAll(`${url}/api/${collection}?search=${term}&sort=code&fields=id&limit=500`);
    const missing = wanted.filter((id) => !found.has(id)).length;
    if (missing > 0 || found.size !== wanted.length) {
      faults.push(`search ${term} in ${collection}: ${found.size} found, ${wanted.length} have it, ${missing} missing`);
    }
  }
  return faults;
}

async function searchAll(address: string): Promise<Set<string>> {
  const ids = new Set<string>();
  for (let cursor: string | null = ""; cursor !== null; ) {
    const response: Response = await fetch(cursor === "" ? address : `${address}&cursor=${encodeURIComponent(cursor)}`);
    if (response.status !== 200) throw new Error(`${address}: ${response.status} ${await response.text()}`);
    const { items, next } = (await response.json()) as { items: { id: string }[]; next: string | null };
    for (const { id } of items) ids.add(id);
    cursor = next;
  }
  return ids;
}

const FIELDS = ["id", "version", "title", "n", "team", "batch"] as const;

function same(left: Row | null, right: Row | null): boolean {
  if (left === null || right === null) return left === right;
  return FIELDS.every((name) => left[name] === right[name]) && left.tags.join() === right.tags.join();
}

const show = (row: Row | null): string => (row === null ? "nothing" : `${row.code} at version ${row.version}`);
