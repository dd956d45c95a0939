import { z } from "zod";
import { ACTIONS, type Collections } from "../../collections/index.ts";
import { BakendError } from "../../errors.ts";
import { adminOnly } from "../admin-only.ts";
import { readJson } from "../body.ts";
import { json } from "../reply.ts";
import { readQuery } from "../request.ts";
import type { Route } from "../route.ts";

const QUESTION = z.strictObject({
  collection: z.string(),
  action: z.enum(ACTIONS),
  as: z.strictObject({ user: z.string(), collection: z.string().optional() }).nullable(),
  record: z.string().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
});

/** `/api/admin/rules/explain`: why somebody may or may not do something. */
export function explainRoutes(collections: Collections, bodyLimit: number): readonly Route[] {
  return adminOnly([
    {
      method: "POST",
      path: "/api/admin/rules/explain",
      async handle({ request, query }) {
        readQuery(query, []);
        const { as, collection, action, record, data } = parse((await readJson(request, bodyLimit)).value);
        const question = { collection, action, ...(record === undefined ? {} : { record }), ...(data ? { data } : {}) };
        const who = as && { user: as.user, collection: as.collection ?? "users" };
        return json(await collections.explain(who, question), 200, { "cache-control": "no-store" });
      },
    },
  ]);
}

function parse(value: unknown): z.infer<typeof QUESTION> {
  const { success, data, error } = QUESTION.safeParse(value);
  if (success) return data;
  const [first] = error.issues;
  throw new BakendError("bad_request", `${first?.path.join(".") || "The body"}: ${first?.message ?? "is not valid"}.`);
}
