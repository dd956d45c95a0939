import { isUuid } from "../../../tools/index.ts";
import { BakendError } from "../../errors.ts";
import type { Storage } from "../../storage/index.ts";
import { adminOnly } from "../admin-only.ts";
import { json } from "../reply.ts";
import { pageOf, readPage, readQuery } from "../request.ts";
import type { Route } from "../route.ts";

/** `/api/admin/storage`: all files, and how much they take. */
export function adminStorageRoutes(storage: Pick<Storage, "list" | "usage">): readonly Route[] {
  return adminOnly([
    {
      method: "GET",
      path: "/api/admin/storage",
      async handle({ query }) {
        const { owner, cursor, ...page } = readQuery(query, ["owner", "limit", "cursor"]);
        const { limit } = readPage(page);
        if (cursor !== undefined && !isUuid(cursor))
          throw new BakendError("bad_request", "The cursor is not one of this list.");
        const of = owner === undefined ? {} : { owner };
        const from = cursor === undefined ? {} : { after: cursor };
        const found = await storage.list({ ...of, ...from, limit: limit + 1 });
        return json({ ...pageOf(found, limit, ({ id }) => id), usage: await storage.usage(owner) });
      },
    },
  ]);
}
