import type { TestApp } from "./app.ts";

/** Puts files that everybody may read into the table, without their bytes. */
export async function insertFiles(app: Pick<TestApp, "sql">, ids: readonly string[], more: object = {}): Promise<void> {
  for (const id of ids) {
    const at = "2026-03-01T12:00:00.000Z";
    const file = { id, filename: "a.txt", mimeType: "text/plain", size: 1, checksum: "0", visibility: "public" };
    const row = { ...file, ownerCollection: null, ownerId: null, createdAt: at, updatedAt: at, version: 1, ...more };
    const names = Object.keys(row).map((name) => `"${name}"`);
    const values = names.map(() => "?");
    await app.sql(`INSERT INTO "_files" (${names.join(", ")}) VALUES (${values.join(", ")})`, Object.values(row));
  }
}
