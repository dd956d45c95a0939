import type { Accounts } from "../../auth/index.ts";
import { BakendError } from "../../errors.ts";
import { type AuthPosts, deviceOf, USERS } from "../auth-posts.ts";
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
      ({ collection = USERS, ...data }, context) => accounts.register(String(collection), data, deviceOf(context)),
      201,
    ),
    withPassword("/api/auth/login", async ({ collection = USERS, email, password }, context) => {
      limit.byAccount(`${String(collection)}/${String(email).toLowerCase()}`);
      return accounts.login(String(collection), email, password, deviceOf(context));
    }),
    withPassword("/api/auth/mfa/verify", async ({ mfaToken, code }, context) => {
      const { collection, user } = await accounts.firstStep(mfaToken);
      limit.byAccount(`mfa/${collection}/${user}`);
      return accounts.verifyFactor(mfaToken, code, deviceOf(context));
    }),
    withPassword("/api/auth/mfa/totp/enroll", (_, { principal }) => accounts.enrollFactor(principal), 201),
    withPassword("/api/auth/mfa/totp/activate", async ({ code }, { principal }) => {
      if (principal.kind === "user") limit.byAccount(`mfa/${principal.collection}/${principal.id}`);
      return { recoveryCodes: await accounts.activateFactor(principal, code) };
    }),
    withPassword("/api/auth/mfa/totp/disable", async ({ password, code }, { principal }) => {
      if (principal.kind === "user") limit.byAccount(`mfa/${principal.collection}/${principal.id}`);
      await accounts.removeFactor(principal, { password, code });
    }),
    route("GET", "/api/auth/mfa", async ({ principal }) => json(await accounts.factor(principal), 200, PRIVATE)),
    reply("/api/auth/refresh", async ({ refreshToken }, { request, requestId }) => {
      const kept = refreshToken === undefined ? cookieSessions.refreshToken(request) : undefined;
      try {
        const signedIn = await accounts.refresh(refreshToken ?? kept);
        return cookieSessions.answer(request, signedIn, 200, kept === undefined ? undefined : true);
      } catch (error) {
        if (kept === undefined || !isVoid(error)) throw error;
        return { ...problemReply(error, requestId), cookies: cookieSessions.end };
      }
    }),
    reply("/api/auth/logout", async ({ refreshToken }, { request }) => {
      const kept = refreshToken === undefined ? cookieSessions.refreshToken(request) : undefined;
      await accounts.logout(refreshToken ?? kept).catch((error: unknown) => {
        // cookies go, whether their session still is or not
        if (kept === undefined || !isVoid(error)) throw error;
      });
      return kept === undefined ? NO_CONTENT : { ...NO_CONTENT, cookies: cookieSessions.end };
    }),
    withPassword("/api/auth/password/change", async ({ currentPassword, password }, { principal, ...context }) => {
      if (principal.kind === "user") limit.byAccount(`${principal.collection}/${principal.id}`);
      return accounts.changePassword(principal, currentPassword, password, deviceOf(context));
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
    route("DELETE", "/api/auth/sessions", async ({ principal }) => {
      await accounts.endOtherSessions(principal);
      return NO_CONTENT;
    }),
    route("DELETE", "/api/auth/sessions/:id", async ({ principal, params }) => {
      await accounts.endSession(principal, params.id ?? "");
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
