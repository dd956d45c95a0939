import type { FillRandom } from "../tools/index.ts";
import type { PasswordHasher } from "./auth/index.ts";
import type { Collections, RecordAccess, SchemaStatus } from "./collections/index.ts";
import type { Config, ConfigInput, SettingSources } from "./config/index.ts";
import type { DatabaseDriver } from "./database/index.ts";
import type { EventBus, Every } from "./events/index.ts";
import type { FunctionRunner, Functions } from "./functions/index.ts";
import type { Logger, RecentLog } from "./logging/index.ts";
import type { Mailer, MailFiles, MailTimers } from "./mail/index.ts";
import type { Plugin } from "./plugins/index.ts";
import type { Principal } from "./principal.ts";
import type { RealtimeConnection, RealtimeSocket } from "./realtime/index.ts";
import type { Scope } from "./server/index.ts";
import type { BlobStore, ImageMaker } from "./storage/index.ts";
import type { SendOut } from "./webhooks/index.ts";

/** What an app is made of: the configuration, and what no configuration file can say. */
export interface AppOptions extends Omit<ConfigInput, "database" | "port" | "host" | "plugins"> {
  /** The database, opened by `build()`: `sqlite("./app.db")`. */
  readonly database: DatabaseDriver;
  /** Definitions of collections, from files or from `defineCollection`. */
  readonly collections?: readonly unknown[];
  /** Where log lines go; nowhere by default. */
  readonly logger?: Logger;
  /** What `/api/admin/logs` tells: one of the logger's sinks, from `createRecentLog`. Without it, nothing. */
  readonly recentLog?: RecentLog;
  /** Makes and checks password hashes; each platform has one (`bakend/bun`, `bakend/node`). */
  readonly passwords?: PasswordHasher;
  /** Opens `/api/auth/setup`, while there is no admin, to whoever knows it: random text, for whoever starts the app. */
  readonly setupToken?: string;
  /** Runs the project's functions; without one there are none. */
  readonly runner?: FunctionRunner;
  /** Sends webhooks; without it they cannot be delivered. `sendWebhooks` of `bakend/webhooks` is one. */
  readonly sendOut?: SendOut;
  /** Where the bytes of files are kept; without it, none can be uploaded. `blobFolder` of `bakend/files` is one. */
  readonly blobs?: BlobStore;
  /** Makes smaller images of images; without it they are served as they are. `bunImages` of `bakend/images` is one. */
  readonly images?: ImageMaker;
  /** The admin panel, as one HTML document, served at `/_/`: `readPanel` of `bakend/panel` reads ours. Without it there is none. */
  readonly panel?: string | undefined;
  /** The program's own additions, in the order in which they are installed. */
  readonly plugins?: readonly Plugin[];
  /** Sends mails; without one, whatever goes by mail answers `unavailable`. */
  readonly mailer?: Mailer;
  /** Mails in the place of the built-in ones, by file name: `{ "verify.txt": "Subject: ..." }`. */
  readonly mails?: MailFiles;
  /** What the outbox waits with between two tries. */
  readonly mailTimers?: MailTimers;
  /** Where the settings' values come from, for admins; by default from code. */
  readonly settingSources?: SettingSources;
  /** Fills a database that has never been used before, as the system. */
  readonly seed?: (access: RecordAccess) => unknown;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  /** Milliseconds of a clock that never goes back. */
  readonly stopwatch?: () => number;
  readonly random?: FillRandom;
  /** Does something again and again, until the function that is returned is called. */
  readonly every?: Every;
  /** Runs a task once the current one is over. */
  readonly defer?: (task: () => void) => void;
}

/** A backend: no socket, no process, only `fetch`. */
export interface App {
  /** Opens the database, brings the collections up to date, seeds. Everything else needs it done. */
  build(): Promise<App>;
  /** Answers a request, at once where nothing has to be waited for; never throws or rejects. */
  fetch(request: Request, scope?: Scope): Response | Promise<Response>;
  /**
   * Opens a realtime connection for a WebSocket handshake: resolves to what takes the socket, or to the response that
   * refuses. Never rejects.
   */
  connect(request: Request, scope?: Scope): Promise<OpenConnection | Response>;
  /** Tells realtime clients to come back later, and takes on no more. `close()` does so too. */
  disconnect(): void;
  readonly events: EventBus;
  readonly config: Omit<Config, "database" | "port" | "host" | "plugins">;
  /** @throws BakendError `unavailable` before `build()` */
  readonly collections: Collections;
  /** Records as somebody sees them. */
  as(principal: Principal): RecordAccess;
  /** What `build()` found about the definitions. */
  readonly schemaStatus: SchemaStatus;
  /** Whether `build()` found no admin, so that `setupToken` opens the way to the first. */
  readonly needsAdmin: boolean;
  /** The project's functions: what there is of them, and the way to load them anew. */
  readonly functions: Pick<Functions, "load" | "report">;
  /** Resolves once the events so far were handled and the mails so far were tried. */
  idle(): Promise<void>;
  /** Finishes running requests, mails and queued writes, then closes the database. A plugin that is just being installed ends `build()`. */
  close(): Promise<void>;
}

/** Takes a socket on, as it is opened. @throws BakendError `rate_limited` or `unavailable` */
export type OpenConnection = (socket: RealtimeSocket) => RealtimeConnection;
