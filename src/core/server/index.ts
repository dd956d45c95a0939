export { createIdempotency, type Idempotency } from "./idempotency.ts";
export { createMetrics, type Gauge, type Metrics } from "./metrics.ts";
export { createRateLimit } from "./rate-limit.ts";
export { unavailableResponse } from "./reply.ts";
export type { Scope } from "./request.ts";
export type { Route } from "./route.ts";
export {
  authMailRoutes,
  authRoutes,
  docsRoutes,
  healthRoutes,
  keyRoutes,
  recordRoutes,
  roleRoutes,
} from "./routes/index.ts";
export { createServer, type RequestDone, type Server } from "./server.ts";
