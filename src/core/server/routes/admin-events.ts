import { BakendError } from "../../errors.ts";
import type { Delivery, DeliveryOffice, EventBus, EventLog } from "../../events/index.ts";
import { adminOnly } from "../admin-only.ts";
import { doneIn } from "../done-in.ts";
import { json, NO_CONTENT } from "../reply.ts";
import { pageOf, type RequestContext, readPage, readQuery } from "../request.ts";
import type { Method, Route } from "../route.ts";

/** What the routes need. */
export interface AdminEventsDeps {
  /** Null where events are not kept. */
  readonly log: EventLog | null;
  readonly deliveries: DeliveryOffice;
  readonly events: EventBus;
  /** Called when a delivery may be tried again. */
  wake(): Promise<void>;
}

/**
 * `/api/admin/events`: what happened, and who did it; `/api/admin/deliveries`: what could not be brought to a function, a job
 * or a webhook.
 */
export function adminEventRoutes({ log, deliveries, events, wake }: AdminEventsDeps): readonly Route[] {
  const route = (method: Method, path: string, handle: Route["handle"]): Route => ({ method, path, handle });
  const tell = (context: RequestContext, action: string, delivery: number): void =>
    void events.emit("system.delivery_managed", { action, delivery }, "events", doneIn(context));
  return adminOnly([
    route("GET", "/api/admin/events", async ({ query }) => {
      const { type, about, by, ...page } = readQuery(query, ["type", "about", "by", "limit", "before"]);
      if (!log) throw new BakendError("unavailable", 'Events are not kept here: "events.durable" is false.');
      const { limit, before } = readPage(page);
      const wanted = {
        ...(type === undefined ? {} : { type }),
        ...(about === undefined ? {} : { about }),
        ...(by === undefined ? {} : { by }),
        ...(before === undefined ? {} : { before }),
      };
      const found = await log.find(wanted, limit + 1);
      const { items, next } = pageOf(found, limit, ({ seq }) => seq);
      const told = items.map(({ seq, event, detail }) => ({
        seq,
        ...event,
        ...{ previous: detail.previous ?? null, actor: detail.actor ?? null, from: detail.from ?? null },
      }));
      return json({ items: told, next });
    }),
    route("GET", "/api/admin/deliveries", async ({ query }) => {
      const { state = "dead", ...page } = readQuery(query, ["state", "limit", "before"]);
      if (state !== "dead" && state !== "waiting")
        throw new BakendError("bad_request", 'state must be "dead" or "waiting".');
      const { limit, before } = readPage(page);
      const found = await deliveries.list(state, limit + 1, before);
      const { items, next } = pageOf(found, limit, ({ id }) => id);
      return json({ items: items.map(shown), next });
    }),
    route("POST", "/api/admin/deliveries/:id/replay", async (context) => {
      const { id } = context.params;
      if (!(await deliveries.replay(readId(id)))) throw missing(id);
      tell(context, "replay", readId(id));
      await wake();
      return NO_CONTENT;
    }),
    route("DELETE", "/api/admin/deliveries/:id", async (context) => {
      const { id } = context.params;
      if (!(await deliveries.drop(readId(id)))) throw missing(id);
      tell(context, "drop", readId(id));
      return NO_CONTENT;
    }),
  ]);
}

function readId(text = ""): number {
  if (!/^\d{1,15}$/.test(text)) throw missing(text);
  return Number(text);
}

function missing(id = ""): BakendError {
  return new BakendError("not_found", `There is no delivery ${id.slice(0, 64).toWellFormed()} that was given up.`);
}

function shown({ id, target, state, tries, nextAt, error, logged: { seq, event } }: Delivery) {
  const next = state === "waiting" && nextAt !== null ? new Date(nextAt).toISOString() : null;
  return { id, target, state, tries, nextAt: next, error, seq, event };
}
