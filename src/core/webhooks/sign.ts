/** What a secret begins with, as Standard Webhooks has it. */
const PREFIX = "whsec_";

/** Makes a secret of 32 random bytes. */
export function newWebhookSecret(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): string {
  return PREFIX + toBase64(random(new Uint8Array(32)));
}

/**
 * The headers that prove where a delivery comes from, as Standard Webhooks 1.0 has them: an HMAC-SHA256 of
 * `id.timestamp.body` under the secret. The id is the event's: whoever gets it twice, knows it.
 */
export async function signWebhook(
  secret: string,
  { id, timestamp, body }: { readonly id: string; readonly timestamp: number; readonly body: string },
): Promise<Readonly<Record<string, string>>> {
  const bytes = Uint8Array.from(atob(secret.slice(PREFIX.length)), (char) => char.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(`${id}.${timestamp}.${body}`));
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": `v1,${toBase64(new Uint8Array(signature))}`,
  };
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
