import { toBase64Url } from "../../tools/index.ts";
import { type Database, DatabaseError, type Statement } from "../database/index.ts";
import { BakendError } from "../errors.ts";
import type { Principal } from "../principal.ts";
import type { TextReply } from "./reply.ts";

/** How long the first answer is given again: a day (contract, section 4). */
const KEPT_MS = 24 * 60 * 60 * 1000;
const PURGE_EVERY_MS = 60 * 60 * 1000;
const MAX_KEY = 255;

/** Makes the statements that keep an answer, to be committed together with what it is about. */
export type Remember = (reply: TextReply) => readonly Statement[];

/** Gives a repeated request the answer that the first one got. */
export interface Idempotency {
  /** Makes its table where it is missing. */
  open(): Promise<void>;
  /**
   * Runs `work` at most once per key and caller. `remember` must be committed with the write itself, so that a crash
   * leaves either both or neither.
   * @throws BakendError `conflict` for a key that was used with another request
   */
  once(
    request: Request,
    principal: Principal,
    body: string,
    work: (remember?: Remember) => Promise<TextReply>,
  ): Promise<TextReply>;
}

/** What idempotency needs. */
export interface IdempotencyDeps {
  readonly db: Database;
  /** Milliseconds since 1970. */
  now(): number;
  /** A keyed digest: a body may hold a password, and a plain one could be guessed from a copy of the database. */
  digest(text: string): string;
}

/** Makes the idempotency of one database. */
export function createIdempotency({ db, now, digest }: IdempotencyDeps): Idempotency {
  let purged = 0;

  const find = async (key: string, fingerprint: string): Promise<TextReply | null> => {
    const { rows } = await db.read({
      sql: `SELECT "fingerprint", "status", "headers", "body" FROM "_idempotency" WHERE "key" = ? AND "createdAt" > ?`,
      params: [key, now() - KEPT_MS],
    });
    const row = rows[0];
    if (!row) return null;
    if (row.fingerprint !== fingerprint) {
      throw new BakendError("conflict", "This idempotency key was used with another request.");
    }
    const headers: Record<string, string> = JSON.parse(String(row.headers));
    return {
      status: Number(row.status),
      body: String(row.body),
      headers: { ...headers, "idempotent-replayed": "true" },
    };
  };

  const purge = (): readonly Statement[] => {
    const time = now();
    if (time - purged < PURGE_EVERY_MS) return [];
    purged = time;
    return [{ sql: `DELETE FROM "_idempotency" WHERE "createdAt" <= ?`, params: [time - KEPT_MS] }];
  };

  async function onceFor(
    given: string,
    request: Request,
    principal: Principal,
    body: string,
    work: (remember?: Remember) => Promise<TextReply>,
  ): Promise<TextReply> {
    if (given === "" || given.length > MAX_KEY)
      throw new BakendError("bad_request", `idempotency-key must have 1 to ${MAX_KEY} characters.`);
    const who = [principal.kind, "id" in principal ? principal.id : "", "key" in principal ? principal.key?.id : ""];
    const key = `${who.join(":")}:${given}`;
    // the body may be large: its plain digest is made off this thread
    const plain = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body));
    const told = toBase64Url(new Uint8Array(plain));
    const fingerprint = digest(`idempotency:${request.method} ${new URL(request.url).pathname}\n${told}`);
    const known = await find(key, fingerprint);
    if (known) return known;
    try {
      return await work((reply) => [
        // an entry past its day may still be there
        { sql: `DELETE FROM "_idempotency" WHERE "key" = ? AND "createdAt" <= ?`, params: [key, now() - KEPT_MS] },
        {
          sql: `INSERT INTO "_idempotency" ("key", "fingerprint", "status", "headers", "body", "createdAt") VALUES (?, ?, ?, ?, ?, ?)`,
          params: [key, fingerprint, reply.status, JSON.stringify(reply.headers ?? {}), reply.body ?? "", now()],
        },
        ...purge(),
      ]);
    } catch (error) {
      // the same request arrived twice at once, and the other one was first
      if (!(error instanceof DatabaseError) || error.fault.kind !== "unique") throw error;
      const first = await find(key, fingerprint);
      if (!first) throw error;
      return first;
    }
  }

  return {
    async open() {
      await db.alter([
        {
          sql: `CREATE TABLE IF NOT EXISTS "_idempotency" ("key" TEXT NOT NULL PRIMARY KEY, "fingerprint" TEXT NOT NULL, "status" INTEGER NOT NULL, "headers" TEXT NOT NULL, "body" TEXT NOT NULL, "createdAt" INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
          params: [],
        },
      ]);
    },
    once(request, principal, body, work) {
      const key = request.headers.get("idempotency-key");
      return key === null ? work() : onceFor(key, request, principal, body, work);
    },
  };
}
