import { isNotModified } from "../etag.ts";
import type { Route } from "../route.ts";

/** Where the panel is. */
export const PANEL_PATH = "/_/";

/**
 * `/_/`: the admin panel. One document answers every address below, and anybody may load it: what it shows it asks the API
 * for, as whoever signs in. Its own scripts run in it and no others.
 */
export async function panelRoutes(html: string): Promise<readonly Route[]> {
  const scripts = [...html.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map(([, text = ""]) => text);
  const sources = await Promise.all(scripts.map(async (text) => `'sha256-${await digest(text)}'`));
  const etag = `"${await digest(html)}"`;
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-cache",
    "referrer-policy": "no-referrer",
    "content-security-policy": [
      "default-src 'none'",
      `script-src ${sources.join(" ") || "'none'"}`,
      "style-src 'unsafe-inline'",
      "connect-src 'self'",
      "img-src 'self' data: blob:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    etag,
  };
  return [
    {
      method: "GET",
      path: `${PANEL_PATH}*`,
      handle: ({ request }) =>
        isNotModified(request.headers.get("if-none-match"), etag)
          ? { status: 304, headers }
          : { status: 200, body: html, headers },
    },
  ];
}

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}
