import type { Accounts } from "../../auth/index.ts";
import { BakendError } from "../../errors.ts";
import { type AuthPosts, USERS, visitOf } from "../auth-posts.ts";
import { type CookieSessions, PRIVATE } from "../cookie-sessions.ts";
import type { RateLimit } from "../rate-limit.ts";
import { json, NO_CONTENT, problemReply } from "../reply.ts";
import type { Method, Route } from "../route.ts";

/** What the account routes need. */
export interface AuthRoutesDeps {
  readonly accounts: Accounts;
  /** Whether mails can be sent, and with them codes to sign in. */
  readonly mail: boolean;
  /** The providers to sign in through. */
  readonly providers: readonly string[];
  readonly posts: AuthPosts;
  readonly cookieSessions: CookieSessions;
  /** Tries per address, and per account. */
  readonly limit: RateLimit;
}

/** `/api/auth/*` (contract, section 5): accounts with passwords, and sessions. */
export function authRoutes({
  accounts,
  mail,
  providers,
  posts,
  cookieSessions,
  limit,
}: AuthRoutesDeps): readonly Route[] {
  const { counted: withPassword, reply } = posts;
  return [
    withPassword(
      "/api/auth/register",
      ({ collection = USERS, ...data }, context) => accounts.register(String(collection), data, visitOf(context)),
      201,
    ),
    withPassword("/api/auth/login", async ({ collection = USERS, email, password }, context) => {
      limit.byAccount(`${String(collection)}/${String(email).toLowerCase()}`);
      return accounts.login(String(collection), email, password, visitOf(context));
    }),
    withPassword("/api/auth/mfa/verify", async ({ mfaToken, code }, context) => {
      const { collection, user } = accounts.firstStep(mfaToken);
      limit.byAccount(`mfa/${collection}/${user}`);
      return accounts.verifyFactor(mfaToken, code, visitOf(context));
    }),
    withPassword("/api/auth/mfa/totp/enroll", (_, { principal }) => accounts.enrollFactor(principal), 201),
    withPassword("/api/auth/mfa/totp/activate", async ({ code }, context) => {
      const { principal } = context;
      if (principal.kind === "user") limit.byAccount(`mfa/${principal.collection}/${principal.id}`);
      return { recoveryCodes: await accounts.activateFactor(principal, code, visitOf(context)) };
    }),
    withPassword("/api/auth/mfa/totp/disable", async ({ password, code }, context) => {
      const { principal } = context;
      if (principal.kind === "user") limit.byAccount(`mfa/${principal.collection}/${principal.id}`);
      await accounts.removeFactor(principal, { password, code }, visitOf(context));
    }),
    route("GET", "/api/auth/mfa", async ({ principal }) => json(await accounts.factor(principal), 200, PRIVATE)),
    reply("/api/auth/refresh", async ({ refreshToken }, context) => {
      const { request, requestId } = context;
      const kept = refreshToken === undefined ? cookieSessions.refreshToken(request) : undefined;
      try {
        const signedIn = await accounts.refresh(refreshToken ?? kept, visitOf(context));
        return cookieSessions.answer(request, signedIn, 200, kept === undefined ? undefined : true);
      } catch (error) {
        if (kept === undefined || !isVoid(error)) throw error;
        return { ...problemReply(error, requestId), cookies: cookieSessions.end };
      }
    }),
    reply("/api/auth/logout", async ({ refreshToken }, context) => {
      const kept = refreshToken === undefined ? cookieSessions.refreshToken(context.request) : undefined;
      await accounts.logout(refreshToken ?? kept, visitOf(context)).catch((error: unknown) => {
        // cookies go, whether their session still is or not
        if (kept === undefined || !isVoid(error)) throw error;
      });
      return kept === undefined ? NO_CONTENT : { ...NO_CONTENT, cookies: cookieSessions.end };
    }),
    withPassword("/api/auth/password/change", async ({ currentPassword, password }, { principal, ...context }) => {
      if (principal.kind === "user") limit.byAccount(`${principal.collection}/${principal.id}`);
      return accounts.changePassword(principal, currentPassword, password, visitOf(context));
    }),
    route("GET", "/api/auth/me", ({ principal }) => json({ user: accounts.me(principal) }, 200, PRIVATE)),
    route("GET", "/api/auth/methods", () =>
      json({
        password: true,
        passkeys: true,
        otp: mail,
        totp: true,
        mail,
        providers,
        registration: accounts.registration,
      }),
    ),
    route("GET", "/api/auth/sessions", async ({ principal }) =>
      json({ items: await accounts.sessions(principal) }, 200, PRIVATE),
    ),
    route("DELETE", "/api/auth/sessions", async (context) => {
      await accounts.endOtherSessions(context.principal, visitOf(context));
      return NO_CONTENT;
    }),
    route("DELETE", "/api/auth/sessions/:id", async (context) => {
      await accounts.endSession(context.principal, context.params.id ?? "", visitOf(context));
      return NO_CONTENT;
    }),
  ];
}

function isVoid(error: unknown): boolean {
  return error instanceof BakendError && error.code === "unauthenticated";
}

function route(method: Method, path: string, handle: Route["handle"]): Route {
  return { method, path, handle };
}
