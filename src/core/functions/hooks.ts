import { BakendError } from "../errors.ts";
import type { Principal } from "../principal.ts";
import type { Invoke } from "./invoke.ts";
import type { Loader } from "./loader.ts";
import type { Data } from "./messages.ts";
import { outcomeError } from "./outcome-error.ts";
import type { HookAction } from "./trigger.ts";

/** A write that has not happened yet, as hooks see it. */
export interface PendingWrite {
  readonly collection: string;
  readonly action: HookAction;
  readonly principal: Principal;
  /** The record as it would be; of a deletion, as it is. */
  readonly record: Data;
  /** Of an update: the record as it is. */
  readonly previous?: Data;
  /** Stands before the names of fields at fault: `operations.3.data.`. */
  readonly path: string;
}

/** What stands before writes. */
export interface WriteHooks {
  /** Whether anything stands before a write: asked for every write, so it costs next to nothing. */
  has(collection: string, action: HookAction): boolean;
  /**
   * The record as the hooks would have it, one after the other; of a deletion it does not count.
   * @throws BakendError as the hook says, `unavailable` if it did not answer in time, `function_failed` if it failed
   */
  run(write: PendingWrite): Promise<Data>;
}

/** Makes the hooks of the functions that are loaded. */
export function writeHooks(loader: Loader, invoke: Invoke, userOf: (principal: Principal) => Data | null): WriteHooks {
  return {
    has(collection, action) {
      const { current } = loader;
      return current === null ? loader.missesHooks : current.registry.before(collection, action).length > 0;
    },
    async run({ collection, action, principal, record, previous, path }) {
      const generation = loader.current;
      if (generation === null) {
        if (loader.missesHooks) throw new BakendError("unavailable", "The functions could not be loaded.");
        return record;
      }
      const depth = depthOf(principal);
      const user = userOf(principal);
      let changed = record;
      for (const trigger of generation.registry.before(collection, action)) {
        const input = previous ? { user, record: changed, previous } : { user, record: changed };
        const outcome = await invoke(generation, { trigger, input, awaited: true, caller: principal, depth });
        if (!outcome.ok) throw outcomeError(outcome, "unavailable", path);
        const { value } = outcome;
        if (value === undefined || value === null) continue;
        if (typeof value !== "object" || Array.isArray(value))
          throw new BakendError("function_failed", "A hook returned something that is no record.");
        changed = { ...changed, ...(value as Data) };
      }
      return changed;
    },
  };
}

/** How many functions stand between a request and what this principal does. */
export function depthOf(principal: Principal | null): number {
  return principal !== null && "depth" in principal ? (principal.depth ?? 0) : 0;
}
