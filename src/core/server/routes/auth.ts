import type { Accounts } from "../../auth/index.ts";
import { readJson } from "../body.ts";
import type { RateLimit } from "../rate-limit.ts";
import { json, NO_CONTENT } from "../reply.ts";
import { type RequestContext, readQuery } from "../request.ts";
import type { Method, Route } from "../route.ts";

/** What the account routes need. */
export interface AuthRoutesDeps {
  readonly accounts: Accounts;
  /** Bytes of a body, at most. */
  readonly bodyLimit: number;
  /** Tries per address, and per account. */
  readonly limit: RateLimit;
}

type Body = Readonly<Record<string, unknown>>;
type Answer = (body: Body, context: RequestContext) => Promise<unknown>;

/** The collection that accounts are in unless a request says otherwise. */
const USERS = "users";

/** `/api/auth/*` (contract, section 5): accounts with passwords, and sessions. */
export function authRoutes({ accounts, bodyLimit, limit }: AuthRoutesDeps): readonly Route[] {
  const bodyOf = async (context: RequestContext): Promise<Body> => {
    readQuery(context.query, []);
    const { value } = await readJson(context.request, bodyLimit);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  };
  const deviceOf = ({ request }: Pick<RequestContext, "request">): string => request.headers.get("user-agent") ?? "";
  const post = (path: string, answer: Answer, status = 200): Route =>
    route("POST", path, async (context) => {
      const result = await answer(await bodyOf(context), context);
      return result === undefined ? NO_CONTENT : json(result, status, PRIVATE);
    });
  /** Tries of passwords are counted; refresh tokens cannot be guessed, and behind one address there may be many. */
  const withPassword = (path: string, answer: Answer, status?: number): Route => {
    const { handle, ...where } = post(path, answer, status);
    return {
      ...where,
      handle(context) {
        limit.byAddress(context.scope.address);
        return handle(context);
      },
    };
  };

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
    route("GET", "/api/auth/methods", () => json({ password: true, totp: true, registration: accounts.registration })),
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

/** Answers with tokens or personal data are nobody else's to keep. */
const PRIVATE = { "cache-control": "no-store" } as const;
