import { VERSION } from "../../../protocol/index.ts";
import type { Metrics } from "../metrics.ts";
import { json, type Reply } from "../reply.ts";
import type { Route } from "../route.ts";

/** What the health routes need. */
export interface HealthDeps {
  /** Seconds since the app was built. */
  uptime(): number;
  /** Rejects or throws if the database does not answer. */
  probe(): Promise<unknown>;
  /** Null to serve no metrics. */
  readonly metrics: Metrics | null;
}

/** `/`, `/health`, `/livez`, `/readyz` and `/metrics` (contract, section 8). */
export function healthRoutes({ uptime, probe, metrics }: HealthDeps): readonly Route[] {
  const health = (): Reply =>
    json({ status: "ok", version: VERSION, uptime: Math.round(uptime() * 1000) / 1000 }, 200, NO_STORE);
  const ready = async (): Promise<Reply> => {
    try {
      await probe();
      return json({ status: "ok" }, 200, NO_STORE);
    } catch {
      return json({ status: "unavailable" }, 503, NO_STORE);
    }
  };
  const routes: Route[] = [
    { method: "GET", path: "/", handle: health },
    { method: "GET", path: "/health", handle: health },
    { method: "GET", path: "/livez", handle: () => json({ status: "ok" }, 200, NO_STORE) },
    { method: "GET", path: "/readyz", handle: ready },
  ];
  if (!metrics) return routes;
  const text = { "content-type": "text/plain; version=0.0.4; charset=utf-8", ...NO_STORE };
  return [
    ...routes,
    { method: "GET", path: "/metrics", handle: () => ({ status: 200, body: metrics.text(), headers: text }) },
  ];
}

const NO_STORE = { "cache-control": "no-store" } as const;
