import type { LoggedEvent } from "../../events/index.ts";
import { decidesOn } from "../caller-paths.ts";
import type { Catalog } from "../catalog.ts";
import { changeOf } from "./change.ts";
import type { Watch } from "./watch.ts";

/**
 * Whether an event may have changed what a watch lets be seen: by what it did to the caller's account, to what rules reach from
 * there, or to roles. What was seen before it cannot be told any more from what the caller is now.
 */
export function mayHaveTurned(
  catalog: Catalog,
  { event, detail }: LoggedEvent,
  { principal, personal }: Watch,
): boolean {
  if (event.type === "system.role_changed") return "role" in principal;
  if (principal.kind !== "user") return false;
  const change = changeOf(catalog, event, detail);
  if (change === null) return false;
  const { collection, record, previous } = change;
  if (personal && decidesOn(catalog, collection.name) === "all") return true;
  if (collection.name !== principal.collection || record.id !== principal.id || previous === undefined) return false;
  return personal || record.role !== previous.role || record.email !== previous.email;
}
