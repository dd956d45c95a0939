import type { Connection } from "./connection.ts";
import type { Defer } from "./write-queue.ts";

/** A connection's version as all who ask in one turn of the event loop are told it. */
export interface VersionOfTurn {
  read(): number;
  /** Something was committed here: whoever asks next is told of it. */
  forget(): void;
}

/**
 * Asks a connection for its version once a turn, however many requests arrive in it; null where it has none. What another
 * process commits during a turn counts from the next turn on.
 */
export function versionOfTurn({ version }: Pick<Connection, "version">, defer: Defer): VersionOfTurn | null {
  if (version === undefined) return null;
  let known: number | null = null;
  let ending = false;
  const forget = (): void => {
    known = null;
  };
  const end = (): void => {
    ending = false;
    known = null;
  };
  return {
    forget,
    read() {
      known ??= version();
      if (!ending) {
        ending = true;
        defer(end);
      }
      return known;
    },
  };
}
