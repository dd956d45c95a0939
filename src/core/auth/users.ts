import type { CollectionDefinition, Schema } from "../collections/index.ts";

/** The accounts that a new project starts with: everybody sees and changes their own, admins see all. */
export const USERS: CollectionDefinition = {
  name: "users",
  kind: "auth",
  fields: [{ name: "name", type: "text", max: 200 }],
  permissions: { read: "id = @user.id", update: "id = @user.id", delete: "id = @user.id" },
};

/** Makes `users`, unless another process that opened the same new database was faster. */
export async function makeUsers(schema: Schema): Promise<void> {
  while (!schema.catalog().get(USERS.name)) {
    try {
      await schema.define(USERS);
    } catch (error) {
      if (!(await schema.refresh())) throw error;
    }
  }
}

/** Whether a declaration is one of `users`. */
export function isUsers(definition: unknown): boolean {
  return (
    typeof definition === "object" && definition !== null && "name" in definition && definition.name === USERS.name
  );
}
