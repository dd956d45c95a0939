import { BakendError } from "../../errors.ts";
import type { Webhooks } from "../../webhooks/index.ts";
import { adminOnly } from "../admin-only.ts";
import { readJson } from "../body.ts";
import { json, NO_CONTENT } from "../reply.ts";
import { readPage, readQuery } from "../request.ts";
import type { Method, Route } from "../route.ts";

/** What the routes need. */
export interface AdminWebhooksDeps {
  readonly webhooks: Webhooks;
  /** Called when other events are wanted; resolves once none of them is missed. */
  changed(): Promise<void>;
  /** Bytes of a body, at most. */
  readonly bodyLimit: number;
}

/** `/api/admin/webhooks`: who elsewhere is told of events, and how that went. */
export function adminWebhookRoutes({ webhooks, changed, bodyLimit }: AdminWebhooksDeps): readonly Route[] {
  const route = (method: Method, path: string, handle: Route["handle"]): Route => ({ method, path, handle });
  return adminOnly([
    route("GET", "/api/admin/webhooks", ({ query }) => {
      readQuery(query, []);
      return json({ items: webhooks.list() });
    }),
    route("POST", "/api/admin/webhooks", async ({ request }) => {
      const { value } = await readJson(request, bodyLimit);
      const webhook = await webhooks.create(value);
      await changed();
      return json(webhook, 201, { "cache-control": "no-store" });
    }),
    route("GET", "/api/admin/webhooks/:id", ({ params: { id = "" }, query }) => {
      readQuery(query, []);
      const webhook = webhooks.get(id);
      if (!webhook) throw new BakendError("not_found", `There is no webhook ${id.slice(0, 64).toWellFormed()}.`);
      return json(webhook);
    }),
    route("PATCH", "/api/admin/webhooks/:id", async ({ params: { id = "" }, request }) => {
      const { value } = await readJson(request, bodyLimit);
      const webhook = await webhooks.change(id, value);
      await changed();
      return json(webhook);
    }),
    route("DELETE", "/api/admin/webhooks/:id", async ({ params: { id = "" } }) => {
      await webhooks.remove(id);
      await changed();
      return NO_CONTENT;
    }),
    route("GET", "/api/admin/webhooks/:id/attempts", async ({ params: { id = "" }, query }) => {
      const { limit, before } = readPage(readQuery(query, ["limit", "before"]));
      const found = await webhooks.attempts(id, limit + 1, before);
      const items = found.slice(0, limit);
      return json({ items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null });
    }),
  ]);
}
