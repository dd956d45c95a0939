export { createIdempotency, type Idempotency } from "./idempotency.ts";
export { createMetrics, type Gauge, type Metrics } from "./metrics.ts";
export type { Route } from "./route.ts";
export { docsRoutes } from "./routes/docs.ts";
export { healthRoutes } from "./routes/health.ts";
export { recordRoutes } from "./routes/records.ts";
export { createServer, type Fetch, type RequestDone, type Scope } from "./server.ts";
