import type { Passkeys } from "../../auth/index.ts";
import { type AuthPosts, visitOf } from "../auth-posts.ts";
import { PRIVATE } from "../cookie-sessions.ts";
import type { RateLimit } from "../rate-limit.ts";
import { json, NO_CONTENT } from "../reply.ts";
import { readQuery } from "../request.ts";
import type { Route } from "../route.ts";

/** What the routes need. */
export interface PasskeyRoutesDeps {
  readonly passkeys: Passkeys;
  readonly posts: AuthPosts;
  /** Tries per address, and per account. */
  readonly limit: RateLimit;
}

/** `/api/auth/passkeys`: logins without address or password. */
export function passkeyRoutes({ passkeys, posts, limit }: PasskeyRoutesDeps): readonly Route[] {
  const { counted } = posts;
  return [
    counted("/api/auth/passkeys/register/options", ({ code }, { principal }) => {
      if (principal.kind === "user") limit.byAccount(`mfa/${principal.collection}/${principal.id}`);
      return passkeys.registration(principal, code);
    }),
    counted(
      "/api/auth/passkeys/register/verify",
      ({ credential, name }, context) => passkeys.register(context.principal, credential, name, visitOf(context)),
      201,
    ),
    counted("/api/auth/passkeys/login/options", () => passkeys.challenge()),
    counted("/api/auth/passkeys/login/verify", ({ credential }, context) =>
      passkeys.login(credential, visitOf(context)),
    ),
    {
      method: "GET",
      path: "/api/auth/passkeys",
      async handle({ principal, query }) {
        readQuery(query, []);
        return json({ items: await passkeys.list(principal) }, 200, PRIVATE);
      },
    },
    {
      method: "DELETE",
      path: "/api/auth/passkeys/:id",
      async handle(context) {
        readQuery(context.query, []);
        await passkeys.remove(context.principal, context.params.id ?? "", visitOf(context));
        return NO_CONTENT;
      },
    },
  ];
}
