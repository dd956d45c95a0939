import { type Collections, readAccount } from "./collections/index.ts";
import type { Database } from "./database/index.ts";
import type { FunctionAccess } from "./functions/index.ts";

/** What functions get of records: the doors that everybody passes, and who a user is. */
export function functionAccess(
  opened: () => { readonly db: Database; readonly collections: Collections },
): FunctionAccess {
  const user: FunctionAccess["user"] = async (name, id) => {
    const { db, collections } = opened();
    const catalog = collections.schema.catalog();
    const collection = catalog.get(name);
    const known = collection?.kind === "auth" ? await readAccount(db, catalog, collection, id) : null;
    if (!known) return null;
    const { key: _, ...account } = known;
    return { kind: "user", id, collection: name, session: "", ...account };
  };
  return {
    as: (principal) => opened().collections.as(principal),
    user,
    async account(name, id) {
      const found = await user(name, id);
      return found && { ...opened().collections.own(found), collection: name };
    },
  };
}
