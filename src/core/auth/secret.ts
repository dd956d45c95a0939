import { type FillRandom, toBase64Url } from "../../tools/index.ts";
import type { Database } from "../database/index.ts";

/** 256 random bits as text of 43 characters. */
export function randomSecret(fillRandom: FillRandom): string {
  return toBase64Url(fillRandom(new Uint8Array(32)));
}

/**
 * The secret that the configuration names, or one that is made at first start and kept in the database. There is no
 * default that anybody could know.
 */
export async function loadSecret(
  db: Database,
  configured: string | undefined,
  fillRandom: FillRandom,
): Promise<string> {
  if (configured !== undefined) return configured;
  const fresh = randomSecret(fillRandom);
  await db.alter([
    {
      sql: `CREATE TABLE IF NOT EXISTS "_secrets" ("name" TEXT NOT NULL PRIMARY KEY, "value" TEXT NOT NULL) STRICT, WITHOUT ROWID`,
      params: [],
    },
  ]);
  await db.write([
    { sql: `INSERT INTO "_secrets" ("name", "value") VALUES ('tokens', ?) ON CONFLICT DO NOTHING`, params: [fresh] },
  ]);
  const { rows } = await db.read({ sql: `SELECT "value" FROM "_secrets" WHERE "name" = 'tokens'`, params: [] });
  return String(rows[0]?.value);
}
