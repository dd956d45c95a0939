import type { PluginRoute } from "../../plugins/index.ts";
import type { Reply } from "../reply.ts";
import type { Route } from "../route.ts";

/** The routes that plugins have added. */
export function pluginRoutes(routes: readonly PluginRoute[]): readonly Route[] {
  return routes.map(({ method, path, handler }) => ({
    method,
    path,
    handle: async ({ request, principal, params }) => toReply(await handler(request, { principal, params })),
  }));
}

/** A response that somebody else has made, as the pipeline sends it. */
function toReply({ status, headers, body }: Response): Reply {
  const { "set-cookie": _, ...own } = Object.fromEntries(headers);
  const head = { status, headers: own, cookies: headers.getSetCookie() };
  return body === null ? head : { ...head, stream: body };
}
