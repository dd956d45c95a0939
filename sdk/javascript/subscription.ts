import type { ApiError } from "./api-error.ts";
import type { Channels, LiveEvent, Stop } from "./channels.ts";

/** Who hears of the changes of a collection, or of one record. */
export interface RecordListener<R> {
  /** From here on everything is told: at first, after a connection was lost, and after a `reset`. */
  begun?(): void;
  created?(record: R, event: LiveEvent<R>): void;
  updated?(record: R, event: LiveEvent<R>): void;
  /** With the record as it was last. */
  deleted?(record: R, event: LiveEvent<R>): void;
  /** A change has put the record of this id out of the rule, or out of the filter. */
  left?(id: string): void;
  /** Something may have been missed: what is shown is to be read anew. */
  reset?(): void;
  /** Nothing is told any more, until somebody signs in or out: who is signed in may not hear it. */
  refused?(error: ApiError): void;
}

/** Follows a collection, or one of its records. */
export function subscribeTo<R>(
  channels: Channels,
  collection: string,
  listener: RecordListener<R>,
  { id, filter }: { readonly id?: string; readonly filter?: string } = {},
): Stop {
  const channel = id === undefined ? `${collection}.*` : `${collection}/${id}`;
  const told = {
    event(event: LiveEvent) {
      const record = event.payload as R;
      const what = event.type.slice(event.type.lastIndexOf(".") + 1);
      if (what === "created" || what === "updated" || what === "deleted")
        listener[what]?.(record, event as LiveEvent<R>);
    },
    begun: () => listener.begun?.(),
    leave: (left: string) => listener.left?.(left),
    reset: () => listener.reset?.(),
    refused: (error: ApiError) => listener.refused?.(error),
  };
  return channels.follow(channel, told, filter === undefined ? {} : { filter }).stop;
}
