import type { HttpFunctions } from "../../functions/index.ts";
import { readBytes } from "../body.ts";
import type { RequestContext } from "../request.ts";
import type { Method, Route } from "../route.ts";

const METHODS: readonly Method[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** HTTP functions of the project, below `/api/functions` (contract, section 10). */
export function functionRoutes(http: HttpFunctions, bodyLimit: number): readonly Route[] {
  const handle = async ({ request, principal, params }: RequestContext) => {
    const { method, url, headers } = request;
    const body = await readBytes(request, bodyLimit);
    return http({ principal, method, url, path: params["*"] ?? "/", headers, body });
  };
  return METHODS.map((method) => ({ method, path: "/api/functions/*", handle }));
}
