import type { BakendEvent, EventDetail } from "../../events/index.ts";
import type { Catalog } from "../catalog.ts";
import type { Collection } from "../collection.ts";
import type { RecordData } from "../record.ts";

/** A change of a record, as its event tells of it. */
export interface RecordChange {
  readonly collection: Collection;
  readonly action: "created" | "updated" | "deleted";
  readonly record: RecordData;
  readonly previous?: RecordData;
}

const TYPE = /^(.+)\.(created|updated|deleted)$/;

/** The change that an event tells of; null if it is about no record of a collection there is. */
export function changeOf(
  catalog: Catalog,
  { type, source, payload }: BakendEvent,
  detail: EventDetail,
): RecordChange | null {
  const [, name = "", action] = TYPE.exec(type) ?? [];
  const collection = source === "collections" ? catalog.get(name) : undefined;
  if (!collection || !isRecord(payload)) return null;
  const { previous } = detail;
  switch (action) {
    case "created":
    case "deleted":
      return { collection, action, record: payload };
    case "updated":
      return { collection, action, record: payload, ...(previous && isRecord(previous) ? { previous } : {}) };
    default:
      return null;
  }
}

function isRecord(value: unknown): value is RecordData {
  return typeof value === "object" && value !== null && "id" in value && typeof value.id === "string";
}
