import type { Database } from "../../database/index.ts";

/** The right to do a consumer's work: one process at a time has it. */
export interface Lease {
  /**
   * Takes it, or keeps it for longer. Resolves to the place up to which everything is done, or to null while another process
   * has it.
   */
  hold(): Promise<number | null>;
  /** Notes that everything up to a place is done; only for the one who holds it. */
  note(position: number): Promise<void>;
  release(): Promise<void>;
}

/** Milliseconds after which others may take over from a process that has not been heard of. */
export const LEASE = 3000;

/** Milliseconds that no lease can be away from its end, however long it waited to be written: the clock was put back. */
const FAR = 60_000;

/** What a lease needs. */
export interface LeaseDeps {
  readonly db: Database;
  /** The consumer that it is for. */
  readonly name: string;
  /** Names this process among others. */
  readonly owner: string;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Opens the lease of a consumer; a new one begins at `start`. */
export async function openLease({ db, name, owner, now }: LeaseDeps, start: number): Promise<Lease> {
  await db.write([
    { sql: `INSERT OR IGNORE INTO "_consumers" ("name", "position") VALUES (?, ?)`, params: [name, start] },
  ]);
  return {
    async hold() {
      const asked = now();
      const [result] = await db.write([
        {
          sql: `UPDATE "_consumers" SET "owner" = ?, "until" = ? WHERE "name" = ? AND ("owner" IS NULL OR "owner" = ? OR "until" NOT BETWEEN ? AND ?) RETURNING "position"`,
          params: [owner, asked + LEASE, name, owner, asked, asked + FAR],
        },
      ]);
      const position = result?.rows[0]?.position;
      return position === undefined ? null : Number(position);
    },
    async note(position) {
      await db.write([
        {
          sql: `UPDATE "_consumers" SET "position" = max("position", ?) WHERE "name" = ? AND "owner" = ?`,
          params: [position, name, owner],
        },
      ]);
    },
    async release() {
      await db.write([
        { sql: `UPDATE "_consumers" SET "owner" = NULL WHERE "name" = ? AND "owner" = ?`, params: [name, owner] },
      ]);
    },
  };
}
