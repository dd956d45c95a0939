import type { Reply } from "./reply.ts";
import type { RequestContext } from "./request.ts";

/** HTTP methods that routes answer; HEAD follows GET. */
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** One path and method of the API. */
export interface Route {
  readonly method: Method;
  /** Literals and parameters: `/api/:collection/:id`. */
  readonly path: string;
  handle(context: RequestContext): Promise<Reply> | Reply;
}
