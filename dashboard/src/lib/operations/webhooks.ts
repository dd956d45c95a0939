import { get, patch, post, remove } from "../api/request.ts";
import type { Attempt, Webhook } from "./types.ts";

const PATH = "/api/admin/webhooks";
const pathOf = (id: string): string => `${PATH}/${encodeURIComponent(id)}`;

/** What may be said of a webhook. */
export type WebhookChanges = Partial<Pick<Webhook, "url" | "events" | "enabled">>;

/** All webhooks. */
export const readWebhooks = async (): Promise<readonly Webhook[]> =>
  (await get<{ items: readonly Webhook[] }>(PATH)).items;

/** Makes a webhook, and tells its secret this once. */
export const makeWebhook = (webhook: WebhookChanges): Promise<Webhook & { readonly secret: string }> =>
  post(PATH, webhook);

/** Changes what is named. */
export const changeWebhook = (id: string, changes: WebhookChanges): Promise<Webhook> => patch(pathOf(id), changes);

/** Forgets a webhook. */
export const removeWebhook = (id: string): Promise<void> => remove(pathOf(id));

/** What came of each attempt to deliver there, the newest first. */
export const readAttempts = (
  id: string,
  before?: string | number,
): Promise<{ readonly items: readonly Attempt[]; readonly next: number | null }> =>
  get(`${pathOf(id)}/attempts`, { before });

/** The patterns of a text that has one in each line, or between commas or spaces. */
export const patternsIn = (text: string): readonly string[] => text.split(/[\s,]+/).filter((word) => word !== "");
