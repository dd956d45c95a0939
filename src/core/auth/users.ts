import type { CollectionDefinition } from "../collections/index.ts";

/** The accounts that a new project starts with: everybody sees and changes their own, admins see all. */
export const USERS: CollectionDefinition = {
  name: "users",
  kind: "auth",
  fields: [{ name: "name", type: "text", max: 200 }],
  permissions: { read: "id = @user.id", update: "id = @user.id", delete: "id = @user.id" },
};
