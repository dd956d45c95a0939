import type { ChannelListener, Stop } from "../../../../sdk/javascript/index.ts";
import { client } from "./client.ts";

/** Follows a channel until the function that is returned is called. */
export function follow(channel: string, listener: ChannelListener, filter?: string): Stop {
  return client.realtime.follow(channel, listener, filter === undefined ? {} : { filter }).stop;
}

/** Does something whenever an event of this type happened, and when one may have been missed, until the function that is returned is called. */
export function whenever(type: string, task: () => Promise<unknown>): Stop {
  // what cannot be read now is read with the next event
  const again = (): void => void task().catch(() => undefined);
  return follow(type, { event: again, reset: again });
}
