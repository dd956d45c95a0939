export { signWebhook } from "./sign.ts";
export type { Webhook, WebhookAttempt } from "./store.ts";
export { openWebhooks, type SendOut, type Webhooks, type WebhooksDeps } from "./webhooks.ts";
