import type { Problem } from "../../src/protocol/index.ts";
import { ApiError } from "./api-error.ts";
import type { Session, Sessions } from "./session.ts";
import type { User } from "./types.ts";

/** The methods of HTTP that the API knows. */
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What goes with a request. */
export interface RequestOptions {
  /** Sent as JSON; a form as it is. */
  readonly body?: unknown;
  /** Parameters of the address; those that are undefined are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** As much of `fetch` as is used: `(request) => app.fetch(request)` does. */
export type Fetch = (request: Request) => Response | Promise<Response>;

/** Sends requests as whoever is signed in. */
export interface Transport {
  readonly url: string;
  /**
   * Resolves to the answer, whole. If the access token has ended, the session is refreshed, once for all requests that
   * meet it, and the request made again.
   * @throws ApiError for an answer that is not a success, or for none
   */
  fetch(method: Method, path: string, options?: RequestOptions): Promise<Response>;
  /** Like `fetch`; resolves to the JSON of the answer, undefined for none. */
  send<T>(method: Method, path: string, options?: RequestOptions): Promise<T>;
  /** Signs somebody in, whoever was before, and keeps what is answered. Resolves to who it is. */
  signIn(path: string, body: object): Promise<User>;
  /** Like `signIn`, for what only somebody who is signed in may do. */
  signInAnew(path: string, body: object): Promise<User>;
  /** Signs out on the server. Nothing is kept or forgotten here. */
  signOut(): Promise<void>;
  /**
   * Gets the next tokens; false if the session has come to its end, which ends it here too, or somebody else has signed in, or
   * all out, meanwhile: then the answer counts for nothing. Many callers, one request.
   */
  refresh(): Promise<boolean>;
}

/** What it is made of. */
export interface TransportDeps {
  /** Where the server is; of a path that ends with `/`, the rest is kept. */
  readonly url: string;
  readonly fetch: Fetch;
  readonly sessions: Sessions;
  /** Whether the browser keeps the tokens, as cookies. */
  readonly cookies: boolean;
  /** An API key, in the place of a session. */
  readonly key: string | null;
}

/** What signing in answers; without tokens in cookie mode. */
interface SignedIn {
  readonly user: User;
  readonly token?: string;
  readonly refreshToken?: string;
  readonly expiresAt: string;
}

/** Makes a transport. */
export function createTransport({ url: given, fetch, sessions, cookies, key }: TransportDeps): Transport {
  const url = given.replace(/\/+$/, "");
  let refreshing: Promise<boolean> | null = null;

  async function once(method: Method, path: string, options: RequestOptions, token: string | null): Promise<Response> {
    const { body, query = {}, headers = {}, signal } = options;
    const given = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    );
    const search = new URLSearchParams(given);
    const isJson = body !== undefined && !(body instanceof FormData);
    const request = new Request(`${url}${path}${search.size > 0 ? `?${search}` : ""}`, {
      method,
      headers: {
        ...(isJson ? { "content-type": "application/json" } : {}),
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(cookies ? { "x-session": "cookie" } : {}),
        ...headers,
      },
      ...(cookies ? { credentials: "include" } : {}),
      ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : body }),
      ...(signal ? { signal } : {}),
    });
    try {
      return await fetch(request);
    } catch (error) {
      // who gave up is told that, and no more
      if (signal?.aborted) throw signal.reason;
      throw new ApiError(0, {}, null, error);
    }
  }

  const tokenOf = (session: Session | null): string | null => key ?? session?.tokens?.token ?? null;

  async function get(method: Method, path: string, options: RequestOptions = {}): Promise<Response> {
    const before = sessions.current();
    const first = await once(method, path, options, tokenOf(before));
    if (first.ok) return first;
    const failure = await problemOf(first);
    const ended = failure.code === "unauthenticated" && key === null && (cookies || before !== null);
    if (!ended) throw failure;
    // another page, or another request, may have got the next tokens already
    const now = sessions.current();
    const isNewer = now?.tokens != null && now.tokens.token !== before?.tokens?.token;
    if (!isNewer && !(await refresh())) throw failure;
    const second = await once(method, path, options, tokenOf(sessions.current()));
    if (!second.ok) throw await problemOf(second);
    return second;
  }

  /** Made as nobody, for a token that has ended would be refused, and never made again. */
  async function asNobody<T>(path: string, body: object): Promise<T> {
    const answer = await once("POST", path, { body }, null);
    if (!answer.ok) throw await problemOf(answer);
    return read<T>(answer);
  }

  /** What a session is told from another by; in cookie mode the browser sends it. */
  function proof(): { readonly refreshToken?: string } | null {
    const refreshToken = sessions.current()?.tokens?.refreshToken;
    if (refreshToken !== undefined) return { refreshToken };
    return cookies ? {} : null;
  }

  function keep({ user, token, refreshToken, expiresAt }: SignedIn): User {
    const tokens = token !== undefined && refreshToken !== undefined ? { token, refreshToken, expiresAt } : null;
    sessions.set({ user, tokens });
    return user;
  }

  function refresh(): Promise<boolean> {
    refreshing ??= refreshNow().finally(() => {
      refreshing = null;
    });
    return refreshing;
  }

  async function refreshNow(): Promise<boolean> {
    const own = proof();
    if (own === null) return false;
    const before = sessions.current();
    try {
      const next = await asNobody<SignedIn>("/api/auth/refresh", own);
      if (isStill(before, next.refreshToken)) {
        keep(next);
        return true;
      }
    } catch (error) {
      // a server that is away, or busy, says nothing of the session
      const isOver = error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;
      if (isStill(before)) {
        if (isOver) sessions.set(null);
        return false;
      }
    }
    // what is answered is of a session that is over, or has gone on without us: in another tab, perhaps
    const now = sessions.current();
    return now !== null && now.user.id === before?.user.id;
  }

  /** Whether the session is the one that it was, or what another tab has made of it with the same answer. */
  function isStill(before: Session | null, next?: string): boolean {
    const now = sessions.current();
    return now?.user.id === before?.user.id && [before?.tokens?.refreshToken, next].includes(now?.tokens?.refreshToken);
  }

  /** The browser takes cookies as they come: those of a refresh must not come last. */
  async function settled(): Promise<void> {
    if (cookies) await refreshing;
  }

  async function send<T>(method: Method, path: string, options?: RequestOptions): Promise<T> {
    return read<T>(await get(method, path, options));
  }

  return {
    url,
    fetch: get,
    send,
    async signIn(path, body) {
      await settled();
      return keep(await asNobody<SignedIn>(path, body));
    },
    signInAnew: async (path, body) => keep(await send<SignedIn>("POST", path, { body })),
    async signOut() {
      await settled();
      const own = proof();
      if (own !== null) await asNobody<void>("/api/auth/logout", own);
    },
    refresh,
  };
}

async function read<T>(response: Response): Promise<T> {
  const text = await response.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

async function problemOf(response: Response): Promise<ApiError> {
  const text = await response.text();
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return new ApiError(response.status, parse(text) ?? { title: response.statusText }, milliseconds(seconds));
}

const milliseconds = (seconds: number): number | null => (Number.isNaN(seconds) ? null : seconds * 1000);

function parse(text: string): Partial<Problem> | null {
  try {
    return JSON.parse(text) as Partial<Problem>;
  } catch {
    return null;
  }
}
