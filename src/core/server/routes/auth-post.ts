import { readJson } from "../body.ts";
import { telling } from "../limited.ts";
import type { RateLimit } from "../rate-limit.ts";
import { json, NO_CONTENT } from "../reply.ts";
import { type RequestContext, readQuery } from "../request.ts";
import type { Route } from "../route.ts";

/** The body of a request about an account: an empty object where none was sent. */
export type Body = Readonly<Record<string, unknown>>;
/** What a request is answered with; undefined is 204. */
export type Answer = (body: Body, context: RequestContext) => Promise<unknown> | unknown;
type Post = (path: string, answer: Answer, status?: number) => Route;

/** The collection that accounts are in unless a request says otherwise. */
export const USERS = "users";

/** Answers with tokens or personal data are nobody else's to keep. */
export const PRIVATE = { "cache-control": "no-store" } as const;

/** What the client calls itself. */
export function deviceOf({ request }: Pick<RequestContext, "request">): string {
  return request.headers.get("user-agent") ?? "";
}

/** Makes the routes that take a JSON object. */
export function createAuthPosts(bodyLimit: number, limit: RateLimit): { readonly post: Post; readonly counted: Post } {
  const bodyOf = async (context: RequestContext): Promise<Body> => {
    readQuery(context.query, []);
    const { value } = await readJson(context.request, bodyLimit);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  };
  const post: Post = (path, answer, status = 200) => ({
    method: "POST",
    path,
    async handle(context) {
      const result = await answer(await bodyOf(context), context);
      return result === undefined ? NO_CONTENT : json(result, status, PRIVATE);
    },
  });
  return {
    post,
    /** Tries of passwords, and mails, are counted; refresh tokens cannot be guessed, and behind one address there may be many. */
    counted(path, answer, status) {
      const { handle, ...where } = post(path, answer, status);
      return {
        ...where,
        handle: (context) => telling(limit.byAddress(context.scope.address), () => handle(context)),
      };
    },
  };
}
