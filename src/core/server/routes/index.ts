export { authRoutes } from "./auth.ts";
export { docsRoutes } from "./docs.ts";
export { explainRoutes } from "./explain.ts";
export { healthRoutes } from "./health.ts";
export { keyRoutes } from "./keys.ts";
export { recordRoutes } from "./records.ts";
export { roleRoutes } from "./roles.ts";
export { setupRoutes } from "./setup.ts";
