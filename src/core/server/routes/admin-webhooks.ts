import { BakendError } from "../../errors.ts";
import type { EventBus } from "../../events/index.ts";
import type { Webhooks } from "../../webhooks/index.ts";
import { adminOnly } from "../admin-only.ts";
import { readJson } from "../body.ts";
import { doneIn } from "../done-in.ts";
import { json, NO_CONTENT } from "../reply.ts";
import { pageOf, type RequestContext, readPage, readQuery } from "../request.ts";
import type { Method, Route } from "../route.ts";

/** What the routes need. */
export interface AdminWebhooksDeps {
  readonly webhooks: Webhooks;
  readonly events: EventBus;
  /** Called when other events are wanted; resolves once none of them is missed. */
  changed(): Promise<void>;
  /** Bytes of a body, at most. */
  readonly bodyLimit: number;
}

/** `/api/admin/webhooks`: who elsewhere is told of events, and how that went. */
export function adminWebhookRoutes({ webhooks, events, changed, bodyLimit }: AdminWebhooksDeps): readonly Route[] {
  const tell = async (context: RequestContext, webhook: string): Promise<void> => {
    const exists = (await webhooks.get(webhook)) !== null;
    events.emit("system.webhook_changed", { webhook, exists }, "webhooks", doneIn(context));
    await changed();
  };
  const route = (method: Method, path: string, handle: Route["handle"]): Route => ({ method, path, handle });
  return adminOnly([
    route("GET", "/api/admin/webhooks", async ({ query }) => {
      readQuery(query, []);
      return json({ items: await webhooks.list() });
    }),
    route("POST", "/api/admin/webhooks", async (context) => {
      const { value } = await readJson(context.request, bodyLimit);
      const webhook = await webhooks.create(value);
      await tell(context, webhook.id);
      return json(webhook, 201, { "cache-control": "no-store" });
    }),
    route("GET", "/api/admin/webhooks/:id", async ({ params: { id = "" }, query }) => {
      readQuery(query, []);
      const webhook = await webhooks.get(id);
      if (!webhook) throw new BakendError("not_found", `There is no webhook ${id.slice(0, 64).toWellFormed()}.`);
      return json(webhook);
    }),
    route("PATCH", "/api/admin/webhooks/:id", async (context) => {
      const { value } = await readJson(context.request, bodyLimit);
      const webhook = await webhooks.change(context.params.id ?? "", value);
      await tell(context, webhook.id);
      return json(webhook);
    }),
    route("DELETE", "/api/admin/webhooks/:id", async (context) => {
      const { id = "" } = context.params;
      await webhooks.remove(id);
      await tell(context, id);
      return NO_CONTENT;
    }),
    route("GET", "/api/admin/webhooks/:id/attempts", async ({ params: { id = "" }, query }) => {
      const { limit, before } = readPage(readQuery(query, ["limit", "before"]));
      const found = await webhooks.attempts(id, limit + 1, before);
      return json(pageOf(found, limit, ({ id }) => id));
    }),
  ]);
}
