import type { Method, RequestOptions } from "../../../../sdk/javascript/index.ts";
import { client } from "./client.ts";

/** Asks the server, and resolves to the JSON of the answer; undefined for none. A parameter without a text is left out. @throws ApiError */
export function request<T>(method: Method, path: string, { query = {}, ...options }: RequestOptions = {}): Promise<T> {
  const given = Object.entries(query).filter(([, value]) => value !== "");
  return client.send<T>(method, path, { ...options, query: Object.fromEntries(given) });
}

export const get = <T>(path: string, query: NonNullable<RequestOptions["query"]> = {}): Promise<T> =>
  request<T>("GET", path, { query });
export const post = <T>(path: string, body: unknown = {}): Promise<T> => request<T>("POST", path, { body });
export const patch = <T>(path: string, body: unknown): Promise<T> => request<T>("PATCH", path, { body });
export const remove = (path: string): Promise<void> => request<void>("DELETE", path);
