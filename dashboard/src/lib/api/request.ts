import type { FieldProblem, Problem } from "../../../../src/protocol/index.ts";

/** An answer that is not a success: what RFC 9457 says of it, or that there was none (`status` 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: readonly FieldProblem[];
  /** All that the answer said. */
  readonly problem: Partial<Problem>;

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? problem.title ?? "The server does not answer.");
    this.status = status;
    this.problem = problem;
    this.code = problem.code ?? "none";
    this.fields = problem.errors ?? [];
  }
}

/** What goes with a request. */
export interface RequestOptions {
  /** Sent as JSON; a form as it is. */
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Called when the session has come to its end, and no refresh brings it back. */
let onEnd = (): void => {};

/** Says what is done when the session has come to its end. */
export function whenSessionEnds(then: () => void): void {
  onEnd = then;
}

/**
 * Asks the server, as whoever the session's cookie says, and resolves to the answer's JSON; undefined for none. A session
 * whose access token has ended is refreshed, once for all requests that meet it, and the request is made again.
 * @throws ApiError
 */
export async function request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
  const first = await send(method, path, options);
  if (first.status !== 401 || path.startsWith("/api/auth/") || !(await isUnauthenticated(first))) return read<T>(first);
  if (!(await refreshSession())) {
    onEnd();
    return read<T>(first);
  }
  return read<T>(await send(method, path, options));
}

export const get = <T>(path: string, query: NonNullable<RequestOptions["query"]> = {}): Promise<T> =>
  request<T>("GET", path, { query });
export const post = <T>(path: string, body: unknown = {}): Promise<T> => request<T>("POST", path, { body });
export const patch = <T>(path: string, body: unknown): Promise<T> => request<T>("PATCH", path, { body });
export const remove = (path: string): Promise<void> => request<void>("DELETE", path);

let refreshing: Promise<boolean> | null = null;

/** Brings the session up to date by its refresh cookie; false if there is none that is good. Many callers, one request. */
export function refreshSession(): Promise<boolean> {
  refreshing ??= send("POST", "/api/auth/refresh", { body: {} })
    .then(({ ok }) => ok)
    .catch(() => false)
    .finally(() => {
      refreshing = null;
    });
  return refreshing;
}

async function send(method: Method, path: string, { body, query, headers }: RequestOptions): Promise<Response> {
  const words = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== "");
  const search = new URLSearchParams(words.map(([name, value]) => [name, String(value)]));
  const isJson = body !== undefined && !(body instanceof FormData);
  try {
    return await fetch(search.size > 0 ? `${path}?${search}` : path, {
      method,
      headers: { "x-session": "cookie", ...(isJson ? { "content-type": "application/json" } : {}), ...headers },
      ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : (body as FormData) }),
    });
  } catch {
    throw new ApiError(0, {});
  }
}

async function isUnauthenticated(response: Response): Promise<boolean> {
  const problem: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  return typeof problem === "object" && problem !== null && "code" in problem && problem.code === "unauthenticated";
}

async function read<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (!response.ok) throw new ApiError(response.status, parsed(text) ?? { title: response.statusText });
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

function parsed(text: string): Partial<Problem> | null {
  try {
    return JSON.parse(text) as Partial<Problem>;
  } catch {
    return null;
  }
}
