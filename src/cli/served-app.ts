import type { Handlers } from "../adapters/server.ts";
import type { Durability } from "../core/database/index.ts";
import type { LoadReport } from "../core/functions/index.ts";

/** An application that is ready to answer, as the command line needs it. */
export interface ServedApp extends Required<Handlers> {
  /** For people: `SQLite /srv/bakend.db`. */
  readonly database: string;
  readonly durability: Durability;
  /** The number of collections. */
  readonly collections: number;
  /** What there is of functions now. */
  functions(): LoadReport;
  /** Loads the functions anew, without touching anything else. */
  loadFunctions(): Promise<LoadReport>;
  /** The types of the module "bakend" with the records of now, for a project's functions. */
  types(): string;
  /** Tells that the configuration in force has changed in the settings of these names. */
  tellChanged(settings: readonly string[]): void;
  /** The path to the admin panel; null where there is none. */
  readonly panel: string | null;
  /** The path to the page that makes the first admin, with its secret; null once there is one. */
  readonly setup: string | null;
  /** Tells realtime clients to come back later. */
  disconnect(): void;
  /** Finishes what is running and closes the database. */
  close(): Promise<void>;
}
