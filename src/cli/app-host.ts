import type { Handlers } from "../adapters/server.ts";
import type { ServedApp } from "./served-app.ts";

/** Stands before an application that can be exchanged while requests come in. */
export interface AppHost extends Required<Handlers> {
  /** The application in use. */
  readonly current: ServedApp;
  /** New requests go to `next`; the old application is closed once it has answered its own. */
  swap(next: ServedApp): Promise<void>;
  /** Tells realtime clients to come back later: they would hold up the end of everything. */
  disconnect(): void;
  /** Closes the application in use. */
  close(): Promise<void>;
}

/** Makes a host for an application. */
export function createAppHost(first: ServedApp): AppHost {
  let current = first;
  return {
    fetch: (request, scope) => current.fetch(request, scope),
    connect: (request, scope) => current.connect(request, scope),
    disconnect: () => current.disconnect(),
    get current() {
      return current;
    },
    async swap(next) {
      const old = current;
      current = next;
      await old.close();
    },
    close: () => current.close(),
  };
}
