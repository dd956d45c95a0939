export { databaseGauges } from "./gauges.ts";
export { createIdempotency, type Idempotency } from "./idempotency.ts";
export { createMetrics, type Metrics } from "./metrics.ts";
export { createRateLimit } from "./rate-limit.ts";
export { unavailableResponse } from "./reply.ts";
export type { Scope } from "./request.ts";
export type { Route } from "./route.ts";
export {
  adminCollectionRoutes,
  adminEventRoutes,
  adminSettingsRoutes,
  adminUserRoutes,
  authMailRoutes,
  authRoutes,
  docsRoutes,
  explainRoutes,
  healthRoutes,
  keyRoutes,
  REALTIME_PATH,
  realtimeRoutes,
  recordRoutes,
  roleRoutes,
  setupRoutes,
} from "./routes/index.ts";
export { type Admitted, createServer, type RequestDone, type Server } from "./server.ts";
