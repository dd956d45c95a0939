import type { FetchHandler } from "../adapters/server.ts";
import type { Durability } from "../core/database/index.ts";

/** An application that is ready to answer, as the command line needs it. */
export interface ServedApp {
  readonly fetch: FetchHandler;
  /** For people: `SQLite /srv/bakend.db`. */
  readonly database: string;
  readonly durability: Durability;
  /** The number of collections. */
  readonly collections: number;
  /** Finishes what is running and closes the database. */
  close(): Promise<void>;
}
