import { type Belonging, MARK } from "./belonging.ts";
import type { BlobEntry, BlobStore } from "./blob-store.ts";
import type { FileRows } from "./file-rows.ts";

/** What a sweep needs. */
export interface SweepDeps {
  readonly blobs: BlobStore;
  readonly rows: FileRows;
  readonly belonging: Belonging;
  /** Whether bytes are on their way in this process. */
  isUnderWay(id: string): boolean;
  /** Milliseconds since 1970. */
  now(): number;
}

/**
 * Milliseconds for which bytes without a row are left alone: another process may be taking them in, and what went wrong with a
 * database may be noticed within a day.
 */
const GRACE = 24 * 60 * 60_000;

/** Keys that are looked up at once. */
const AT_ONCE = 500;

/**
 * Deletes bytes that no row tells of: what a crash left, between bytes and row or between row and bytes. Resolves to their
 * number, or to null for a store of another database, which is left alone. It ends early once nobody wants it any more.
 */
export async function sweep(deps: SweepDeps, isOver: () => boolean): Promise<number | null> {
  const owner = await deps.belonging.owner();
  if (owner !== "this") return owner === "none" ? 0 : null;
  let swept = 0;
  let batch: BlobEntry[] = [];
  for await (const entry of deps.blobs.list()) {
    if (isOver()) return swept;
    if (entry.key !== MARK) batch.push(entry);
    if (batch.length < AT_ONCE) continue;
    swept += await sweepThese(deps, batch);
    batch = [];
  }
  return swept + (await sweepThese(deps, batch));
}

async function sweepThese({ blobs, rows, isUnderWay, now }: SweepDeps, entries: readonly BlobEntry[]): Promise<number> {
  const unknown = new Set(await rows.unknown(entries.map(({ key }) => key)));
  let swept = 0;
  for (const { key, changedAt } of entries) {
    if (!unknown.has(key) || isUnderWay(key) || now() - (await changedAt()) < GRACE) continue;
    await blobs.delete(key);
    swept += 1;
  }
  return swept;
}
