import { createInFlight, type InFlight } from "../adapters/in-flight.ts";
import type { FetchHandler } from "../adapters/server.ts";
import type { ServedApp } from "./served-app.ts";

/** Stands before an application that can be exchanged while requests come in. */
export interface AppHost {
  readonly fetch: FetchHandler;
  /** New requests go to `next`; the old application is closed once it has answered its own. */
  swap(next: ServedApp): Promise<void>;
  /** Closes the application in use. */
  close(): Promise<void>;
}

/** Milliseconds that an old application may take for its last answers. */
const GRACE = 10_000;

/** Makes a host for an application. */
export function createAppHost(first: ServedApp): AppHost {
  let current: { readonly app: ServedApp; readonly inFlight: InFlight } = { app: first, inFlight: createInFlight() };
  return {
    async fetch(request, scope) {
      const { app, inFlight } = current;
      inFlight.enter();
      try {
        return await app.fetch(request, scope);
      } finally {
        inFlight.leave();
      }
    },
    async swap(next) {
      const old = current;
      current = { app: next, inFlight: createInFlight() };
      await old.inFlight.drained(GRACE);
      await old.app.close();
    },
    close: () => current.app.close(),
  };
}
