import { z } from "zod";
import { principalOfAccount } from "../../auth/index.ts";
import { ACTIONS, type Collections } from "../../collections/index.ts";
import { BakendError } from "../../errors.ts";
import { ANONYMOUS, bypassesRules, type Principal } from "../../principal.ts";
import { readJson } from "../body.ts";
import { json } from "../reply.ts";
import { readQuery } from "../request.ts";
import type { Route } from "../route.ts";

/** What the admin routes need. */
export interface AdminRoutesDeps {
  readonly collections: Collections;
  /** Bytes of a body, at most. */
  readonly bodyLimit: number;
}

const QUESTION = z.strictObject({
  collection: z.string(),
  action: z.enum(ACTIONS),
  as: z.strictObject({ user: z.string(), collection: z.string().optional() }).nullable(),
  record: z.string().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
});

/** `/api/admin/*` (contract, section 8): for admins alone. */
export function adminRoutes({ collections, bodyLimit }: AdminRoutesDeps): readonly Route[] {
  const principalOf = async (as: z.infer<typeof QUESTION>["as"]): Promise<Principal> => {
    if (as === null) return ANONYMOUS;
    const { user, collection: name = "users" } = as;
    const collection = collections.schema.catalog().get(name);
    if (collection?.kind !== "auth") throw new BakendError("bad_request", `as.collection: ${name} holds no accounts.`);
    const found = await principalOfAccount(collections, name, user);
    if (!found) throw new BakendError("bad_request", `as.user: there is no account ${user.slice(0, 64)} in ${name}.`);
    return found;
  };
  return [
    admin({
      method: "POST",
      path: "/api/admin/rules/explain",
      async handle({ request, query }) {
        readQuery(query, []);
        const { as, collection, action, record, data } = parse((await readJson(request, bodyLimit)).value);
        const question = { collection, action, ...(record === undefined ? {} : { record }), ...(data ? { data } : {}) };
        return json(await collections.explain(await principalOf(as), question), 200, { "cache-control": "no-store" });
      },
    }),
  ];
}

/** The same route, for admins: 401 for guests, 403 for anybody else, before anything is read. */
function admin({ handle, ...where }: Route): Route {
  return {
    ...where,
    handle(context) {
      const { principal } = context;
      if (principal.kind === "anonymous") throw new BakendError("unauthenticated", "Sign in as an admin.");
      if (!bypassesRules(principal)) throw new BakendError("forbidden", "This is for admins only.");
      return handle(context);
    },
  };
}

function parse(value: unknown): z.infer<typeof QUESTION> {
  const { success, data, error } = QUESTION.safeParse(value);
  if (success) return data;
  const [first] = error.issues;
  throw new BakendError("bad_request", `${first?.path.join(".") || "The body"}: ${first?.message ?? "is not valid"}.`);
}
