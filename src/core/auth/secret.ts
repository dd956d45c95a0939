import type { Database } from "../database/index.ts";

/** Characters of a generated secret: 256 bits in base64url. */
const BYTES = 32;

/**
 * The secret that the configuration names, or one that is made at first start and kept in the database. There is no
 * default that anybody could know.
 */
export async function loadSecret(
  db: Database,
  configured: string | undefined,
  fillRandom: (bytes: Uint8Array<ArrayBuffer>) => unknown,
): Promise<string> {
  if (configured !== undefined) return configured;
  const bytes = new Uint8Array(BYTES);
  fillRandom(bytes);
  const fresh = btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
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
