/** Which browsers may call from where. */
export interface CorsOptions {
  readonly origins: readonly string[];
  readonly credentials: boolean;
  /** Milliseconds that a preflight answer may be kept. */
  readonly maxAge: number;
}

const EXPOSED =
  "accept-ranges, content-disposition, content-range, etag, x-request-id, retry-after, ratelimit, ratelimit-policy, location, idempotent-replayed";
const METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE";

/** Cross-origin headers (Fetch standard, section 3.2). */
export interface Cors {
  /** Adds what an answer to this origin needs; nothing for requests that come from no browser page. */
  addTo(headers: Record<string, string>, origin: string | null): void;
  /** The headers of the answer to a preflight. */
  preflight(request: Request): Record<string, string>;
}

/** Makes the headers for these options. */
export function createCors({ origins, credentials, maxAge }: CorsOptions): Cors {
  const open = origins.includes("*");
  const allowed = (origin: string): boolean => open || origins.includes(origin);

  const addTo = (headers: Record<string, string>, origin: string | null): void => {
    if (!open) headers.vary = headers.vary ? `${headers.vary}, origin` : "origin";
    if (origin === null || !allowed(origin)) return;
    headers["access-control-allow-origin"] = open && !credentials ? "*" : origin;
    headers["access-control-expose-headers"] = EXPOSED;
    if (credentials) headers["access-control-allow-credentials"] = "true";
  };

  return {
    addTo,
    preflight(request) {
      const headers: Record<string, string> = {};
      const origin = request.headers.get("origin");
      addTo(headers, origin);
      if (origin === null || !allowed(origin)) return headers;
      headers["access-control-allow-methods"] = METHODS;
      headers["access-control-allow-headers"] =
        request.headers.get("access-control-request-headers") ?? "content-type, authorization";
      headers["access-control-max-age"] = String(Math.floor(maxAge / 1000));
      return headers;
    },
  };
}
