import type { Schema } from "./collections/index.ts";
import type { Logger } from "./logging/index.ts";
import type { Webhooks } from "./webhooks/index.ts";

/** What other processes on the same database may change. */
export interface Shared {
  readonly schema: Pick<Schema, "refresh">;
  readonly webhooks: Pick<Webhooks, "refresh">;
  readonly logger: Logger;
  /** There are other webhooks than before. */
  onWebhooks(): unknown;
}

/** Milliseconds between two looks. */
const LOOK_EVERY = 1000;

/** Makes what takes over, beside a request and not before it is answered, what other processes have changed. `now` goes only forward. */
export function createLookAround(
  { schema, webhooks, logger, onWebhooks }: Shared,
  begun: number,
): (now: number) => void {
  let looked = begun;

  async function look(): Promise<void> {
    try {
      if (await schema.refresh()) logger.info("definitions were changed by another process");
      if (await webhooks.refresh()) await onWebhooks();
    } catch (error) {
      logger.warn("what other processes have changed cannot be read", { error: String(error) });
    }
  }

  return (now) => {
    if (now - looked <= LOOK_EVERY) return;
    looked = now;
    void look();
  };
}
