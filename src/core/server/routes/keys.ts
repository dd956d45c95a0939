import type { Keys } from "../../auth/index.ts";
import { visitOf } from "../auth-posts.ts";
import { readJson } from "../body.ts";
import { PRIVATE } from "../cookie-sessions.ts";
import { json, NO_CONTENT } from "../reply.ts";
import { readQuery } from "../request.ts";
import type { Route } from "../route.ts";

/** `/api/auth/keys`: API keys. */
export function keyRoutes(keys: Keys, bodyLimit: number): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/api/auth/keys",
      async handle({ principal, query }) {
        readQuery(query, []);
        return json({ items: await keys.list(principal) }, 200, PRIVATE);
      },
    },
    {
      method: "POST",
      path: "/api/auth/keys",
      async handle(context) {
        readQuery(context.query, []);
        const { value } = await readJson(context.request, bodyLimit);
        return json(await keys.create(context.principal, value, visitOf(context)), 201, PRIVATE);
      },
    },
    {
      method: "DELETE",
      path: "/api/auth/keys/:id",
      async handle(context) {
        readQuery(context.query, []);
        await keys.revoke(context.principal, context.params.id ?? "", visitOf(context));
        return NO_CONTENT;
      },
    },
  ];
}
