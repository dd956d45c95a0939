import type { Accounts } from "../../auth/index.ts";
import type { RateLimit } from "../rate-limit.ts";
import { json, NO_CONTENT } from "../reply.ts";
import type { Method, Route } from "../route.ts";
import { createAuthPosts, deviceOf, PRIVATE, USERS } from "./auth-post.ts";

/** What the account routes need. */
export interface AuthRoutesDeps {
  readonly accounts: Accounts;
  /** Whether mails can be sent, and with them codes to sign in. */
  readonly mail: boolean;
  /** The providers to sign in through. */
  readonly providers: readonly string[];
  /** Bytes of a body, at most. */
  readonly bodyLimit: number;
  /** Tries per address, and per account. */
  readonly limit: RateLimit;
}

/** `/api/auth/*` (contract, section 5): accounts with passwords, and sessions. */
export function authRoutes({ accounts, mail, providers, bodyLimit, limit }: AuthRoutesDeps): readonly Route[] {
  const { post, counted: withPassword } = createAuthPosts(bodyLimit, limit);
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
    post("/api/auth/refresh", ({ refreshToken }) => accounts.refresh(refreshToken)),
    post("/api/auth/logout", ({ refreshToken }) => accounts.logout(refreshToken).then(() => undefined)),
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

function route(method: Method, path: string, handle: Route["handle"]): Route {
  return { method, path, handle };
}
