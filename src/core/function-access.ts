import { clearTimer } from "./app-defaults.ts";
import { jobFault } from "./app-jobs.ts";
import { type Collections, readAccount } from "./collections/index.ts";
import type { Database } from "./database/index.ts";
import type { FunctionAccess, FunctionsDeps } from "./functions/index.ts";

/** What functions get of records: the doors that everybody passes, and who a user is. */
function functionAccess(opened: () => { readonly db: Database; readonly collections: Collections }): FunctionAccess {
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

/** What functions need of the rest of the app. */
export function functionDeps({
  stopwatch,
  opened,
}: {
  stopwatch(): number;
  /** Both are there once functions run. */
  opened(): { readonly db: Database; readonly collections: Collections };
}): Pick<FunctionsDeps, "timers" | "access" | "jobFault"> {
  return {
    timers: { now: stopwatch, set: (callback, ms) => setTimeout(callback, ms), clear: clearTimer },
    access: functionAccess(opened),
    jobFault,
  };
}
