import type { Keys } from "../../auth/index.ts";
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
      async handle({ principal, query, request }) {
        readQuery(query, []);
        const { value } = await readJson(request, bodyLimit);
        return json(await keys.create(principal, value), 201, PRIVATE);
      },
    },
    {
      method: "DELETE",
      path: "/api/auth/keys/:id",
      async handle({ principal, params, query }) {
        readQuery(query, []);
        await keys.revoke(principal, params.id ?? "");
        return NO_CONTENT;
      },
    },
  ];
}
