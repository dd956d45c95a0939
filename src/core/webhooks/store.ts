import type { Database, Row, Statement } from "../database/index.ts";
import { forgetDeliveries } from "../events/index.ts";

/** A subscription of somebody elsewhere. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  /** Patterns of event types: `posts.created`, `auth.*`. */
  readonly events: readonly string[];
  readonly enabled: boolean;
  readonly createdAt: string;
}

/** One attempt to deliver. */
export interface WebhookAttempt {
  readonly id: number;
  readonly event: string;
  readonly type: string;
  readonly at: string;
  readonly milliseconds: number;
  /** What the other side answered; null if it could not be reached. */
  readonly status: number | null;
  readonly error: string | null;
}

/** Stands before the ids of webhooks where they are among other targets of events. */
export const NAME = "webhook";

/** Makes the tables of webhooks where they are missing. */
export const WEBHOOK_TABLES: readonly Statement[] = [
  `CREATE TABLE IF NOT EXISTS "_webhooks" ("id" TEXT NOT NULL PRIMARY KEY, "url" TEXT NOT NULL, "events" TEXT NOT NULL, "enabled" INTEGER NOT NULL, "secret" TEXT NOT NULL, "createdAt" TEXT NOT NULL) STRICT, WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS "_webhook_attempts" ("id" INTEGER PRIMARY KEY, "webhook" TEXT NOT NULL, "event" TEXT NOT NULL, "type" TEXT NOT NULL, "at" TEXT NOT NULL, "milliseconds" INTEGER NOT NULL, "status" INTEGER, "error" TEXT) STRICT`,
  `CREATE INDEX IF NOT EXISTS "_webhook_attempts:webhook" ON "_webhook_attempts" ("webhook", "id")`,
].map((sql) => ({ sql, params: [] }));

/** Attempts of each webhook that are kept. */
const KEPT = 1000;

/** Webhooks in the database. Secrets are sealed there. */
export interface WebhookStore {
  all(): Promise<readonly (Webhook & { readonly secret: string })[]>;
  put(webhook: Webhook & { readonly secret: string }): Promise<void>;
  /** With its attempts, and whatever was still to be delivered. Resolves to false if there is none of this id. */
  remove(id: string): Promise<boolean>;
  /** Notes an attempt; of one that is gone, nothing. */
  note(webhook: string, attempt: Omit<WebhookAttempt, "id">): Promise<void>;
  /** The newest first. */
  attempts(webhook: string, limit: number, before?: number): Promise<readonly WebhookAttempt[]>;
}

/** Opens the webhooks of a database. */
export function createWebhookStore(db: Database): WebhookStore {
  return {
    async all() {
      const { rows } = await db.read({ sql: `SELECT * FROM "_webhooks" ORDER BY "id"`, params: [] });
      return rows.map(toWebhook);
    },
    async put({ id, url, events, enabled, secret, createdAt }) {
      await db.write([
        {
          sql: `INSERT OR REPLACE INTO "_webhooks" ("id", "url", "events", "enabled", "secret", "createdAt") VALUES (?, ?, ?, ?, ?, ?)`,
          params: [id, url, JSON.stringify(events), Number(enabled), secret, createdAt],
        },
      ]);
    },
    async remove(id) {
      const [result] = await db.write([
        { sql: `DELETE FROM "_webhooks" WHERE "id" = ?`, params: [id] },
        { sql: `DELETE FROM "_webhook_attempts" WHERE "webhook" = ?`, params: [id] },
        forgetDeliveries(`${NAME} ${id}`),
      ]);
      return result?.changes === 1;
    },
    async note(webhook, { event, type, at, milliseconds, status, error }) {
      await db.write([
        {
          sql: `INSERT INTO "_webhook_attempts" ("webhook", "event", "type", "at", "milliseconds", "status", "error") SELECT "id", ?, ?, ?, ?, ?, ? FROM "_webhooks" WHERE "id" = ?`,
          params: [event, type, at, milliseconds, status, error, webhook],
        },
        {
          sql: `DELETE FROM "_webhook_attempts" WHERE "webhook" = ? AND "id" <= (SELECT "id" FROM "_webhook_attempts" WHERE "webhook" = ? ORDER BY "id" DESC LIMIT 1 OFFSET ${KEPT})`,
          params: [webhook, webhook],
        },
      ]);
    },
    async attempts(webhook, limit, before = Number.MAX_SAFE_INTEGER) {
      const { rows } = await db.read({
        sql: `SELECT * FROM "_webhook_attempts" WHERE "webhook" = ? AND "id" < ? ORDER BY "id" DESC LIMIT ?`,
        params: [webhook, before, limit],
      });
      return rows.map((row) => ({
        id: Number(row.id),
        event: String(row.event),
        type: String(row.type),
        at: String(row.at),
        milliseconds: Number(row.milliseconds),
        status: row.status === null ? null : Number(row.status),
        error: row.error === null ? null : String(row.error),
      }));
    },
  };
}

function toWebhook(row: Row): Webhook & { readonly secret: string } {
  return {
    id: String(row.id),
    url: String(row.url),
    events: JSON.parse(String(row.events)),
    enabled: row.enabled === 1,
    secret: String(row.secret),
    createdAt: String(row.createdAt),
  };
}
