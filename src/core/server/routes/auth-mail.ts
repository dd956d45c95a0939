import type { MailFlows } from "../../auth/index.ts";
import type { RateLimit } from "../rate-limit.ts";
import type { Route } from "../route.ts";
import { createAuthPosts, USERS } from "./auth-post.ts";

/** What the routes need. */
export interface AuthMailRoutesDeps {
  readonly flows: MailFlows;
  /** Bytes of a body, at most. */
  readonly bodyLimit: number;
  /** Tries per address, and per account. */
  readonly limit: RateLimit;
}

/** The account routes that go by mail (contract, section 5). What asks for a mail answers the same for every address. */
export function authMailRoutes({ flows, bodyLimit, limit }: AuthMailRoutesDeps): readonly Route[] {
  const { counted } = createAuthPosts(bodyLimit, limit);
  const { verification } = flows;
  /** Counts by what was sent, whether there is such an account or not. */
  const count = (what: string, collection: unknown, email: unknown): void =>
    limit.byAccount(`${what}/${String(collection)}/${String(email).toLowerCase()}`);

  return [
    counted("/api/auth/password/forgot", ({ collection = USERS, email }) => {
      count("forgot", collection, email);
      flows.forgot(String(collection), email);
    }),
    counted("/api/auth/password/reset", ({ token, password, collection }) => flows.reset(token, password, collection)),
    counted("/api/auth/verify/request", ({ collection = USERS, email }, { principal }) => {
      const who = principal.kind === "user" && email === undefined ? principal : { collection, id: email };
      count("verify", who.collection, who.id);
      verification.request(principal, String(collection), email);
    }),
    counted("/api/auth/verify/confirm", ({ token, collection }) => verification.confirm(token, collection)),
  ];
}
