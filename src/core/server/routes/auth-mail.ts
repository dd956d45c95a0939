import type { MailFlows } from "../../auth/index.ts";
import { adminOnly } from "../admin-only.ts";
import { type AuthPosts, USERS, visitOf } from "../auth-posts.ts";
import { PRIVATE } from "../cookie-sessions.ts";
import type { RateLimit } from "../rate-limit.ts";
import { json, NO_CONTENT } from "../reply.ts";
import { readQuery } from "../request.ts";
import type { Route } from "../route.ts";

/** What the routes need. */
export interface AuthMailRoutesDeps {
  readonly flows: MailFlows;
  readonly posts: AuthPosts;
  /** Tries per address, and per account. */
  readonly limit: RateLimit;
}

/** The account routes that go by mail (contract, section 5). What asks for a mail answers the same for every address. */
export function authMailRoutes({ flows, posts, limit }: AuthMailRoutesDeps): readonly Route[] {
  const { counted, post } = posts;
  const { verification, otp, emailChange, invitations } = flows;
  /** Counts by what was sent, whether there is such an account or not. */
  const count = (what: string, collection: unknown, email: unknown): void =>
    limit.byAccount(`${what}/${String(collection)}/${String(email).toLowerCase()}`);

  return [
    counted("/api/auth/password/forgot", ({ collection = USERS, email }) => {
      count("forgot", collection, email);
      flows.reset.forgot(String(collection), email);
    }),
    counted("/api/auth/password/reset", ({ token, password, collection }, context) =>
      flows.reset.reset(token, password, collection, visitOf(context)),
    ),
    counted("/api/auth/verify/request", ({ collection = USERS, email }, { principal }) => {
      const who = principal.kind === "user" && email === undefined ? principal : { collection, id: email };
      count("verify", who.collection, who.id);
      verification.request(principal, String(collection), email);
    }),
    counted("/api/auth/verify/confirm", ({ token, collection }, context) =>
      verification.confirm(token, collection, visitOf(context)),
    ),
    counted("/api/auth/otp/request", ({ collection = USERS, email }, context) => {
      count("otp/request", collection, email);
      otp.request(String(collection), email, visitOf(context));
    }),
    counted("/api/auth/otp/login", ({ collection = USERS, email, code }, context) => {
      count("otp/login", collection, email);
      return otp.login(String(collection), email, code, visitOf(context));
    }),
    counted("/api/auth/email/change", ({ email, password }, { principal }) => {
      if (principal.kind === "user") limit.byAccount(`${principal.collection}/${principal.id}`);
      return emailChange.request(principal, email, password);
    }),
    counted("/api/auth/email/confirm", ({ token, collection }, context) =>
      emailChange.confirm(token, collection, visitOf(context)),
    ),
    ...adminOnly([
      post(
        "/api/auth/invitations",
        ({ collection = USERS, email, role }, context) =>
          invitations.invite(context.principal, { collection: String(collection), email, role }, visitOf(context)),
        201,
      ),
      {
        method: "GET",
        path: "/api/auth/invitations",
        async handle({ query }) {
          readQuery(query, []);
          return json({ items: await invitations.list() }, 200, PRIVATE);
        },
      },
      {
        method: "DELETE",
        path: "/api/auth/invitations/:email",
        async handle(context) {
          const { principal, params, query } = context;
          const { collection = USERS } = readQuery(query, ["collection"]);
          await invitations.revoke(principal, collection, params.email ?? "", visitOf(context));
          return NO_CONTENT;
        },
      },
    ]),
    counted("/api/auth/invitations/accept", (body, context) => invitations.accept(body, visitOf(context)), 201),
  ];
}
