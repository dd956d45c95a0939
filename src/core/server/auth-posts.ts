import type { SignedIn, Visit } from "../auth/index.ts";
import { readJson } from "./body.ts";
import { type CookieSessions, PRIVATE } from "./cookie-sessions.ts";
import { telling } from "./limited.ts";
import type { RateLimit } from "./rate-limit.ts";
import { json, NO_CONTENT, type Reply } from "./reply.ts";
import { type RequestContext, readQuery } from "./request.ts";
import type { Route } from "./route.ts";

/** The body of a request about an account: an empty object where none was sent. */
export type Body = Readonly<Record<string, unknown>>;
/** What a request is answered with; undefined is 204. */
export type Answer = (body: Body, context: RequestContext) => Promise<unknown> | unknown;
type Post = (path: string, answer: Answer, status?: number) => Route;

/** Makes the routes that take a JSON object. What signs in is answered with tokens or cookies, as the request wants. */
export interface AuthPosts {
  readonly post: Post;
  /** Tries of passwords, and mails, are counted; refresh tokens cannot be guessed, and behind one address there may be many. */
  readonly counted: Post;
  /** For an answer that is more than a value. */
  readonly reply: (path: string, answer: (body: Body, context: RequestContext) => Promise<Reply>) => Route;
}

/** What they are made of. */
export interface AuthPostsDeps {
  readonly cookieSessions: CookieSessions;
  /** Bytes of a body, at most. */
  readonly bodyLimit: number;
  /** Tries per address. */
  readonly limit: RateLimit;
}

/** The collection that accounts are in unless a request says otherwise. */
export const USERS = "users";

/** Where a request comes from. */
export function visitOf({ request, scope }: Pick<RequestContext, "request" | "scope">): Visit {
  return { device: request.headers.get("user-agent") ?? "", address: scope.address };
}

/** Makes the makers of routes. */
export function createAuthPosts({ cookieSessions, bodyLimit, limit }: AuthPostsDeps): AuthPosts {
  const bodyOf = async (context: RequestContext): Promise<Body> => {
    readQuery(context.query, []);
    const { value } = await readJson(context.request, bodyLimit);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  };
  const reply: AuthPosts["reply"] = (path, answer) => ({
    method: "POST",
    path,
    handle: async (context) => answer(await bodyOf(context), context),
  });
  const post: Post = (path, answer, status = 200) =>
    reply(path, async (body, context) => {
      const result = await answer(body, context);
      if (result === undefined) return NO_CONTENT;
      return isSignedIn(result)
        ? cookieSessions.answer(context.request, result, status)
        : json(result, status, PRIVATE);
    });
  return {
    post,
    reply,
    counted(path, answer, status) {
      const { handle, ...where } = post(path, answer, status);
      return {
        ...where,
        handle: (context) => telling(limit.byAddress(context.scope.address), () => handle(context)),
      };
    },
  };
}

function isSignedIn(result: unknown): result is SignedIn {
  return typeof result === "object" && result !== null && "refreshToken" in result;
}
