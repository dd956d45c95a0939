import type { Guard, SignedIn } from "../auth/index.ts";
import { BakendError } from "../errors.ts";
import { ANONYMOUS, type Principal } from "../principal.ts";
import type { Cookies } from "./cookies.ts";
import { json, type Reply } from "./reply.ts";

/** Sessions of pages whose tokens no script gets to see. */
export interface CookieSessions {
  /**
   * Who is asking: by the header `authorization`, or else by the cookie. At account routes a cookie that is not good is
   * none, so that one can sign in anew.
   * @throws BakendError `unauthenticated`; `forbidden` for a change, or a socket, that a page of another site asks for
   */
  identify(request: Request): Principal | Promise<Principal>;
  /**
   * Answers with a session: with the tokens, or with cookies where the request wants those, or came with them.
   * @throws BakendError `forbidden`
   */
  answer(request: Request, signedIn: SignedIn, status: number, byCookie?: boolean): Reply;
  /** The refresh token that came by cookie; undefined for none. @throws BakendError `forbidden` for a page of another site */
  refreshToken(request: Request): string | undefined;
  /** What takes the cookies back. */
  readonly end: readonly string[];
}

/** What they are made of. */
export interface CookieSessionsDeps {
  readonly guard: Guard;
  readonly cookies: Cookies;
  /** Where the API is, if that is known. */
  readonly url: string | undefined;
  /** Origins that may call; `*` is nobody's here. */
  readonly origins: readonly string[];
}

const [SESSION, REFRESH] = ["bak-session", "bak-refresh"];
/** Seconds: as long as a session may be idle. An access token that has ended stays, and is told to be refreshed. */
const MAX_AGE = 30 * 24 * 60 * 60;
const SAFE = /^(GET|HEAD|OPTIONS)$/;
/** Answers with tokens or personal data are nobody else's to keep. */
export const PRIVATE = { "cache-control": "no-store" } as const;

/** Makes the sessions by cookie. */
export function createCookieSessions({ guard, cookies, url: own, origins }: CookieSessionsDeps): CookieSessions {
  const trusted = new Set(origins);
  if (own !== undefined) trusted.add(new URL(own).origin);

  /** Whether a page of our own, or of a site that is named, asks: browsers say so, and pages cannot say otherwise. */
  const isOurs = ({ headers, url }: Request): boolean => {
    if (headers.get("sec-fetch-site") === "same-origin") return true;
    const origin = headers.get("origin");
    return origin !== null && (trusted.has(origin) || URL.parse(origin)?.host === new URL(url).host);
  };
  const requireOurs = (request: Request): void => {
    if (isOurs(request)) return;
    throw new BakendError(
      "forbidden",
      "With cookies, changes are asked for by pages of this origin, or of one in cors.origins.",
    );
  };

  const identifyPage = (request: Request, token: string): Principal | Promise<Principal> => {
    const forgive = (error: unknown): Principal => {
      const { pathname } = new URL(request.url);
      if (pathname.startsWith("/api/auth/") && error instanceof BakendError && error.code === "unauthenticated")
        return ANONYMOUS;
      throw error;
    };
    const checked = (principal: Principal): Principal => {
      // a socket is opened by GET, and pages of any site may open one
      if (!SAFE.test(request.method) || request.headers.has("upgrade")) requireOurs(request);
      return principal;
    };
    try {
      const principal = guard.identifyToken(token);
      return principal instanceof Promise ? principal.then(checked, forgive) : checked(principal);
    } catch (error) {
      return forgive(error);
    }
  };

  return {
    end: [SESSION, REFRESH].map((name) => cookies.set({ name, value: "", maxAge: 0 })),
    identify(request) {
      const { headers } = request;
      if (headers.get("authorization") !== null || headers.get("cookie") === null) return guard.identify(request);
      const token = cookies.get(request, SESSION);
      return token === undefined ? ANONYMOUS : identifyPage(request, token);
    },
    answer(request, signedIn, status, byCookie = wantsCookies(request)) {
      if (!byCookie) return json(signedIn, status, PRIVATE);
      requireOurs(request);
      const { token, refreshToken, ...rest } = signedIn;
      const pair = [
        { name: SESSION, value: token },
        { name: REFRESH, value: refreshToken },
      ];
      return { ...json(rest, status, PRIVATE), cookies: pair.map((one) => cookies.set({ ...one, maxAge: MAX_AGE })) };
    },
    refreshToken(request) {
      const token = cookies.get(request, REFRESH);
      if (token !== undefined) requireOurs(request);
      return token;
    },
  };
}

/** The header by which a page asks for cookies in the place of tokens. */
function wantsCookies({ headers }: Request): boolean {
  const wanted = headers.get("x-session");
  if (wanted === null || wanted === "token") return false;
  if (wanted === "cookie") return true;
  throw new BakendError("bad_request", "x-session must be cookie or token.");
}
