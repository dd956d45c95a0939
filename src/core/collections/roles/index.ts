export { createRoles, type Grant, type Role, type Roles } from "./roles.ts";
export { dropRole, keepRole, ROLE_TABLE, readRoles } from "./store.ts";
