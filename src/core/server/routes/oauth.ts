import type { Landed, OAuth } from "../../auth/index.ts";
import { invalidField } from "../../errors.ts";
import { type AuthPosts, visitOf } from "../auth-posts.ts";
import { readForm } from "../body.ts";
import { PRIVATE } from "../cookie-sessions.ts";
import type { Cookies } from "../cookies.ts";
import { telling } from "../limited.ts";
import type { RateLimit } from "../rate-limit.ts";
import { json, NO_CONTENT, type Reply } from "../reply.ts";
import { type RequestContext, readQuery } from "../request.ts";
import type { Route } from "../route.ts";

/** What the routes need. */
export interface OAuthRoutesDeps {
  readonly oauth: OAuth;
  readonly cookies: Cookies;
  readonly posts: AuthPosts;
  /** Bytes of a body, at most. */
  readonly bodyLimit: number;
  /** Tries per address. */
  readonly limit: RateLimit;
}

/** Seconds that a login through a provider may take. */
const MAX_AGE = 600;

/** `/api/auth/oauth/*` (contract, section 5), logins through providers, and `/api/auth/identities`, what came of them. */
export function oauthRoutes({ oauth, cookies, posts, bodyLimit, limit }: OAuthRoutesDeps): readonly Route[] {
  /** Two tabs may each have a login under way. */
  const cookieOf = (state: string): string => `bak-oauth-${state.slice(0, 8)}`;

  const stateCookie = (state: string): string => cookies.set({ name: cookieOf(state), value: state, maxAge: MAX_AGE });

  const counted =
    (handle: Route["handle"]): Route["handle"] =>
    (context) =>
      telling(limit.byAddress(context.scope.address), () => handle(context));

  const link = posts.reply("/api/auth/oauth/:provider/link", async (body, { principal, params }) => {
    const { redirect, password, code } = body;
    if (redirect !== undefined && typeof redirect !== "string")
      throw invalidField("redirect", "type", "must be a text");
    if (principal.kind === "user") limit.byAccount(`${principal.collection}/${principal.id}`);
    const wish = { ...(redirect === undefined ? {} : { redirect }), password, code };
    const { location, state } = await oauth.link(principal, params.provider ?? "", wish);
    return { ...json({ location }, 200, PRIVATE), cookies: [stateCookie(state)] };
  });

  return [
    { ...link, handle: counted(link.handle) },
    {
      method: "GET",
      path: "/api/auth/oauth/:provider",
      handle: counted(async ({ params, query }) => {
        const wish = readQuery(query, ["redirect", "collection", "codeChallenge"]);
        const { location, state } = await oauth.begin(params.provider ?? "", wish);
        return {
          ...seeOther(location, 302),
          cookies: [stateCookie(state)],
        };
      }),
    },
    {
      method: "GET",
      path: "/api/auth/oauth/:provider/callback",
      handle: counted(async (context) => {
        const { params, query, request, principal } = context;
        const name = cookieOf(query.get("state") ?? "");
        const landed = await oauth.land(
          params.provider ?? "",
          query,
          cookies.get(request, name),
          principal,
          visitOf(context),
        );
        return { ...replyOf(landed), cookies: [cookies.set({ name, value: "", maxAge: 0 })] };
      }),
    },
    {
      // a form that the provider's page sends; browsers send no cookie with it, but with the address that it leads to
      method: "POST",
      path: "/api/auth/oauth/:provider/callback",
      async handle({ request, path }) {
        const form = await readForm(request, bodyLimit);
        const sent = ["code", "state", "error", "iss"].flatMap((key) => {
          const value = form.get(key);
          return value === null ? [] : [[key, value]];
        });
        return seeOther(`${path}?${new URLSearchParams(sent)}`, 303);
      },
    },
    {
      method: "GET",
      path: "/api/auth/identities",
      async handle({ principal, query }) {
        readQuery(query, []);
        return json({ items: await oauth.identities(principal) }, 200, PRIVATE);
      },
    },
    {
      method: "DELETE",
      path: "/api/auth/identities/:id",
      async handle(context) {
        readQuery(context.query, []);
        await oauth.forget(context.principal, context.params.id ?? "", visitOf(context));
        return NO_CONTENT;
      },
    },
    posts.counted("/api/auth/oauth/:provider/token", (body, context: RequestContext) =>
      oauth.token(context.params.provider ?? "", body, visitOf(context)),
    ),
  ];
}

function replyOf(landed: Landed): Reply {
  if ("location" in landed) return seeOther(landed.location, 302);
  return json("signedIn" in landed ? landed.signedIn : landed, 200, PRIVATE);
}

/** What is in the address must not be told to the next page. */
function seeOther(location: string, status: number): Reply {
  return { status, headers: { ...PRIVATE, location, "referrer-policy": "no-referrer" } };
}
