import type { Collection, Operation, RecordAccess } from "../../core/collections/index.ts";
import { type Draft, type DraftOptions, draftOf } from "./drafts.ts";
import type { Entry } from "./entry.ts";
import { type FaultyRecord, ImportStopped } from "./faults.ts";
import { type KeyMap, loadKeyMap } from "./key-map.ts";
import { createResolver, type KeyRule } from "./references.ts";
import { type FromEntry, type Refuse, writeAround } from "./write-around.ts";

/** Records that share one transaction. */
export const CHUNK = 1000;

/** What is to be imported, and how. */
export interface ImportJob {
  readonly access: RecordAccess;
  readonly collection: Collection;
  /** Groups of at most `CHUNK`. */
  readonly entries: AsyncIterable<readonly Entry[]>;
  readonly keys: readonly KeyRule[];
  /** Records whose value of this field exists already are updated. */
  readonly upsert?: string;
  newId(): string;
  /** Told of each faulty record; without it the first one ends the import. */
  readonly onFault?: (fault: FaultyRecord) => Promise<void> | void;
  /** Told how many records have been dealt with. */
  readonly onProgress?: (records: number) => void;
}

/** How many records became what. */
export interface ImportCounts {
  created: number;
  updated: number;
  failed: number;
}

interface LaterUpdate extends FromEntry {
  readonly id: string;
  readonly data: Record<string, unknown>;
}

const KEPT_BY_THE_SERVER = ["id", "createdAt", "updatedAt", "version"];

/**
 * Imports records, a chunk to a transaction: while one is being committed, the next is read. `counts` is kept up to date,
 * so that it is right even if this throws. Throws `ImportStopped` at a faulty record, unless `onFault` is given.
 */
export async function importRecords(job: ImportJob, counts: ImportCounts): Promise<void> {
  const { access, collection, keys, onFault } = job;
  const records = access.records(collection.name);
  const selfKeys = keys.filter((rule) => rule.self);
  const upsert =
    job.upsert === undefined
      ? undefined
      : { field: job.upsert, map: await loadKeyMap(records, collection, job.upsert) };
  const resolve = await createResolver(
    keys.filter((rule) => !rule.self),
    access,
  );
  const options: DraftOptions = { resolve, selfKeys, upsert };
  const writeAll = upsert ? (drafts: readonly Draft[]) => upsertAll(drafts, upsert.field, upsert.map) : createAll;
  const later: LaterUpdate[] = [];

  // 1. the records themselves. What is refused while reading must not overtake what is being written
  let writing: Promise<void> = Promise.resolve();
  try {
    for await (const entries of job.entries) {
      const drafts = await makeDrafts(entries);
      await writing;
      writing = write(drafts);
      // it is awaited in the next turn; until then nobody listens
      writing.catch(() => undefined);
    }
  } finally {
    await writing;
  }
  // 2. what they say of each other
  if (later.length > 0) await writeLater();

  async function makeDrafts(entries: readonly Entry[]): Promise<readonly Draft[]> {
    const drafts: Draft[] = [];
    for (const entry of entries) {
      const draft = draftOf(entry, options);
      if (typeof draft === "string") await refuse(entry, draft);
      else drafts.push(draft);
    }
    return drafts;
  }

  async function write(drafts: readonly Draft[]): Promise<void> {
    await writeAround(drafts, writeAll, refuse);
    job.onProgress?.(counts.created + counts.updated + counts.failed);
  }

  async function createAll(drafts: readonly Draft[]): Promise<void> {
    const made = await records.createMany(drafts.map((draft) => draft.data));
    counts.created += made.length;
    if (selfKeys.length > 0)
      remember(
        drafts,
        made.map((record) => String(record.id)),
      );
  }

  async function upsertAll(drafts: readonly Draft[], field: string, map: KeyMap): Promise<void> {
    const fresh: unknown[] = [];
    const ids: string[] = [];
    const operations = drafts.map(({ data }): Operation => {
      const key = data[field] ?? undefined;
      const found = key === undefined ? undefined : map.get(key);
      if (typeof found === "string") {
        ids.push(found);
        return { op: "update", collection: collection.name, id: found, data: withoutSystemFields(data) };
      }
      const id = typeof data.id === "string" ? data.id : job.newId();
      ids.push(id);
      fresh.push(key);
      if (key !== undefined) map.set(key, id);
      return { op: "create", collection: collection.name, data: { ...data, id } };
    });
    try {
      await access.batch(operations);
    } catch (error) {
      for (const key of fresh) map.delete(key);
      throw error;
    }
    counts.created += fresh.length;
    counts.updated += drafts.length - fresh.length;
    remember(drafts, ids);
  }

  function remember(drafts: readonly Draft[], ids: readonly string[]): void {
    drafts.forEach(({ entry, later: data }, index) => {
      if (data) later.push({ entry, id: ids[index] ?? "", data });
    });
  }

  async function writeLater(): Promise<void> {
    const resolveSelf = await createResolver(selfKeys, access);
    const refuseLater: Refuse = (entry, reason) => refuse(entry, `${reason} (the record was imported without it)`);
    const update = async (ready: readonly LaterUpdate[]): Promise<void> => {
      await access.batch(ready.map(({ id, data }) => ({ op: "update", collection: collection.name, id, data })));
    };
    for (let at = 0; at < later.length; at += CHUNK) {
      const ready: LaterUpdate[] = [];
      for (const one of later.slice(at, at + CHUNK)) {
        const { fault } = resolveSelf(one.data);
        if (fault === undefined) ready.push(one);
        else await refuseLater(one.entry, fault);
      }
      await writeAround(ready, update, refuseLater);
    }
  }

  async function refuse({ line, value }: Entry, reason: string): Promise<void> {
    const fault = { line, reason, record: value };
    if (onFault === undefined) throw new ImportStopped(fault, `line ${line}: ${reason}`);
    counts.failed += 1;
    await onFault(fault);
  }
}

function withoutSystemFields(data: Record<string, unknown>): Record<string, unknown> {
  const copy = { ...data };
  for (const name of KEPT_BY_THE_SERVER) delete copy[name];
  return copy;
}
