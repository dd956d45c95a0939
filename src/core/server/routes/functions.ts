import type { Functions } from "../../functions/index.ts";
import { adminOnly } from "../admin-only.ts";
import { readBytes } from "../body.ts";
import { json } from "../reply.ts";
import { type RequestContext, readQuery } from "../request.ts";
import type { Method, Route } from "../route.ts";

const METHODS: readonly Method[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** HTTP functions of the project, below `/api/functions` (contract, section 10), and for admins what functions there are. */
export function functionRoutes(functions: Functions, bodyLimit: number): readonly Route[] {
  const handle = async ({ request, principal, params }: RequestContext) => {
    const { method, url, headers } = request;
    const body = await readBytes(request, bodyLimit);
    return functions.http({ principal, method, url, path: params["*"] ?? "/", headers, body });
  };
  const admin = adminOnly([
    {
      method: "GET",
      path: "/api/admin/functions",
      handle({ query }) {
        readQuery(query, []);
        const { ok, files, sandbox, confined, faults } = functions.report;
        return json({ items: functions.list(), ok, files, sandbox, confined, faults });
      },
    },
  ]);
  return [...METHODS.map((method) => ({ method, path: "/api/functions/*", handle })), ...admin];
}
