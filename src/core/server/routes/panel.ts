import { gzip, wantsGzip } from "../compress.ts";
import { isNotModified } from "../etag.ts";
import type { Reply } from "../reply.ts";
import type { Route } from "../route.ts";

/** Where the panel is. */
export const PANEL_PATH = "/_/";

/**
 * `/_/`: the admin panel. One document answers every address below, and anybody may load it: what it shows it asks the API
 * for, as whoever signs in. Its own scripts run in it and no others.
 */
export function panelRoutes(html: string, compression: boolean): readonly Route[] {
  let made: Promise<Reply> | undefined;
  let small: Promise<Reply> | undefined;
  return [
    {
      method: "GET",
      path: `${PANEL_PATH}*`,
      async handle({ request }) {
        made ??= replyOf(html);
        const { headers = {} } = await made;
        if (isNotModified(request.headers.get("if-none-match"), headers.etag ?? "")) return { status: 304, headers };
        if (!compression || !wantsGzip(request.headers.get("accept-encoding"))) return made;
        // once: it takes as long as a thousand short reads
        small ??= compressed(html, headers);
        return small;
      },
    },
  ];
}

async function replyOf(html: string): Promise<Reply> {
  const scripts = [...html.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map(([, text = ""]) => text);
  const hashes = await Promise.all(scripts.map(digest));
  return {
    status: 200,
    body: html,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-cache",
      "referrer-policy": "no-referrer",
      "content-security-policy": [
        "default-src 'none'",
        `script-src ${hashes.map((hash) => `'sha256-${hash}'`).join(" ") || "'none'"}`,
        "style-src 'unsafe-inline'",
        "connect-src 'self'",
        "img-src 'self' data: blob:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ].join("; "),
      etag: `"${await digest(html)}"`,
    },
  };
}

async function compressed(html: string, headers: NonNullable<Reply["headers"]>): Promise<Reply> {
  const body = new Uint8Array(await new Response(gzip(html)).arrayBuffer());
  return { status: 200, body, headers: { ...headers, "content-encoding": "gzip", vary: "accept-encoding" } };
}

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}
