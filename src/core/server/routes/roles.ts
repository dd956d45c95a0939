import type { Schema } from "../../collections/index.ts";
import { BakendError } from "../../errors.ts";
import { adminOnly } from "../admin-only.ts";
import { readJson } from "../body.ts";
import { doneIn } from "../done-in.ts";
import { json, NO_CONTENT } from "../reply.ts";
import { readQuery } from "../request.ts";
import type { Route } from "../route.ts";

/** `/api/admin/roles`: what roles include and grant. */
export function roleRoutes(schema: Schema, bodyLimit: number): readonly Route[] {
  return adminOnly([
    {
      method: "GET",
      path: "/api/admin/roles",
      handle({ query }) {
        readQuery(query, []);
        return json({ items: schema.catalog().roles.all });
      },
    },
    {
      method: "GET",
      path: "/api/admin/roles/:name",
      handle({ params, query }) {
        readQuery(query, []);
        const role = schema.catalog().roles.all.find((one) => one.name === params.name);
        if (!role) throw new BakendError("not_found", `There is no role ${params.name?.slice(0, 64)}.`);
        return json(role);
      },
    },
    {
      method: "PUT",
      path: "/api/admin/roles/:name",
      async handle(context) {
        readQuery(context.query, []);
        const { value } = await readJson(context.request, bodyLimit);
        return json(await schema.defineRole(context.params.name ?? "", value, doneIn(context)));
      },
    },
    {
      method: "DELETE",
      path: "/api/admin/roles/:name",
      async handle(context) {
        readQuery(context.query, []);
        await schema.removeRole(context.params.name ?? "", doneIn(context));
        return NO_CONTENT;
      },
    },
  ]);
}
