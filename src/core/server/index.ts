export { createAuthPosts } from "./auth-posts.ts";
export { createCookieSessions } from "./cookie-sessions.ts";
export { createCookies } from "./cookies.ts";
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
  adminJobRoutes,
  adminLogRoutes,
  adminSettingsRoutes,
  adminStorageRoutes,
  adminUserRoutes,
  adminWebhookRoutes,
  authMailRoutes,
  authRoutes,
  docsRoutes,
  explainRoutes,
  functionRoutes,
  healthRoutes,
  keyRoutes,
  oauthRoutes,
  PANEL_PATH,
  panelRoutes,
  passkeyRoutes,
  pluginRoutes,
  REALTIME_PATH,
  realtimeRoutes,
  recordRoutes,
  roleRoutes,
  setupRoutes,
  storageRoutes,
} from "./routes/index.ts";
export { type Admitted, createServer, type RequestDone, type Server } from "./server.ts";
