import type { Collections } from "../../collections/index.ts";
import { docsPage } from "../docs-page/index.ts";
import { type ApiFacts, describeApi } from "../openapi/index.ts";
import { json } from "../reply.ts";
import type { Route } from "../route.ts";

/** `/api/openapi.json`, made from the collections as they are now, and `/api/docs`, which shows it to people. */
export function docsRoutes(collections: Collections, facts: ApiFacts = {}): readonly Route[] {
  const page = {
    status: 200,
    body: docsPage,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "referrer-policy": "no-referrer",
      "content-security-policy":
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    },
  };
  return [
    {
      method: "GET",
      path: "/api/openapi.json",
      handle: () => json(describeApi(collections.schema.catalog().collections, facts)),
    },
    { method: "GET", path: "/api/docs", handle: () => page },
  ];
}
