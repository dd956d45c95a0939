import type { Principal } from "../principal.ts";
import type { RecordData } from "./record.ts";

/** What a hook can stand before. */
export type HookedAction = "create" | "update" | "delete";

/** A write that has not happened yet. */
export interface PendingWrite {
  readonly collection: string;
  readonly action: HookedAction;
  readonly principal: Principal;
  /** The record as it would be; of a deletion, as it is. */
  readonly record: RecordData;
  /** Of an update: the record as it is. */
  readonly previous?: RecordData;
  /** Stands before the names of fields at fault. */
  readonly path: string;
}

/** What stands before writes and may change or refuse them. */
export interface WriteHooks {
  has(collection: string, action: HookedAction): boolean;
  /** The record as the hooks would have it. @throws BakendError where they refuse it */
  run(write: PendingWrite): Promise<RecordData>;
}

/** Nothing stands before any write. */
export const NO_HOOKS: WriteHooks = Object.freeze({
  has: () => false,
  run: async ({ record }: PendingWrite) => record,
});
