export { adminRoutes } from "./admin.ts";
export { authRoutes } from "./auth.ts";
export { docsRoutes } from "./docs.ts";
export { healthRoutes } from "./health.ts";
export { recordRoutes } from "./records.ts";
