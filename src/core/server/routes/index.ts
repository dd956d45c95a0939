export { authRoutes } from "./auth.ts";
export { authMailRoutes } from "./auth-mail.ts";
export { docsRoutes } from "./docs.ts";
export { healthRoutes } from "./health.ts";
export { keyRoutes } from "./keys.ts";
export { recordRoutes } from "./records.ts";
export { roleRoutes } from "./roles.ts";
