import { type Auth, createAuth } from "./auth.ts";
import { type Channels, createChannels, type SocketClass } from "./channels.ts";
import { createFiles, type Files } from "./files.ts";
import { createRecords, type Records } from "./records.ts";
import { createSessions, type SessionStorage } from "./session.ts";
import { createTransport, type Fetch, type Method, type RequestOptions, type Transport } from "./transport.ts";
import type { AnyCollections, Operation } from "./types.ts";

/** What a client may be told. */
export interface ClientOptions {
  /**
   * Where the session is kept: in memory unless said; `localStorage` to outlive the page, readable by every script on it;
   * "cookie" where the page comes from the server itself, or from the same site: then no script reads it.
   */
  readonly session?: "memory" | "cookie" | SessionStorage;
  /** An API key, for programs: it takes the place of a session. */
  readonly key?: string;
  /** In the place of the runtime's own: `(request) => app.fetch(request)` calls an app in the same process. */
  readonly fetch?: Fetch;
  /** In the place of the runtime's own, where it has none. */
  readonly WebSocket?: SocketClass;
}

/**
 * A client of one server. `C` says which collections there are, and what their records hold: `RecordsOf<...>` of
 * definitions in code, or `Collections` of a project's module "bakend".
 */
export class BakendClient<C extends object = AnyCollections> {
  /** Where the server is. */
  readonly url: string;
  /** Who is signed in, and how one gets to be. */
  readonly auth: Auth;
  readonly files: Files;
  /** The connection for what happens, and every channel of it. */
  readonly realtime: Channels;
  readonly #transport: Transport;

  constructor(url: string, { session = "memory", key, fetch: given, WebSocket: Socket }: ClientOptions = {}) {
    const sessions = createSessions(typeof session === "string" ? null : session);
    const cookies = session === "cookie";
    const transport = createTransport({
      url,
      fetch: given ?? ((one) => fetch(one)),
      sessions,
      cookies,
      key: key ?? null,
    });
    this.#transport = transport;
    this.url = transport.url;
    this.auth = createAuth(transport, sessions);
    this.files = createFiles(transport);
    this.realtime = createChannels({
      transport,
      sessions,
      token: () => key ?? sessions.current()?.tokens?.token ?? null,
      WebSocket: Socket ?? globalThis.WebSocket,
    });
  }

  /** The records of a collection. */
  collection<N extends keyof C & string>(name: N): Records<C[N]> {
    return createRecords<C[N]>(this.#transport, this.realtime, name);
  }

  /** Several writes, all of them or none. Resolves to what each left: the record, null for a deletion. @throws ApiError */
  async batch(operations: readonly Operation<C>[]): Promise<readonly unknown[]> {
    const { results } = await this.#transport.send<{ results: readonly unknown[] }>("POST", "/api/batch", {
      body: { operations },
    });
    return results;
  }

  /** Any other route, such as an HTTP function: resolves to the JSON of the answer, undefined for none. @throws ApiError */
  send<T = unknown>(method: Method, path: string, options?: RequestOptions): Promise<T> {
    return this.#transport.send<T>(method, path, options);
  }

  /** Like `send`; resolves to the answer itself. @throws ApiError for one that is not a success */
  fetch(method: Method, path: string, options?: RequestOptions): Promise<Response> {
    return this.#transport.fetch(method, path, options);
  }

  /** Ends the connection for realtime. */
  close(): void {
    this.realtime.close();
  }
}
