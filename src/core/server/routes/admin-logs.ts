import { BakendError } from "../../errors.ts";
import { LOG_LEVELS, type LogLevel, type RecentLog } from "../../logging/index.ts";
import { adminOnly } from "../admin-only.ts";
import { json } from "../reply.ts";
import { pageOf, readFlag, readInteger, readPage, readQuery } from "../request.ts";
import type { Route } from "../route.ts";

/** `/api/admin/logs`: the last lines of the log. */
export function adminLogRoutes(log: Pick<RecentLog, "find">): readonly Route[] {
  return adminOnly([
    {
      method: "GET",
      path: "/api/admin/logs",
      handle({ query }) {
        const { level, search, requests, after, ...page } = readQuery(query, [
          ...["level", "search", "requests", "after"],
          ...["limit", "before"],
        ]);
        const { limit, before } = readPage(page);
        const wanted = {
          level: readLevel(level),
          search,
          requests: readFlag("requests", requests),
          after: readInteger("after", after),
          before,
        };
        return json(pageOf(log.find(wanted, limit + 1), limit, ({ seq }) => seq));
      },
    },
  ]);
}

/** @throws BakendError `bad_request` */
function readLevel(text: string | undefined): LogLevel | undefined {
  const level = LOG_LEVELS.find((one) => one === text);
  if (text !== undefined && !level) throw new BakendError("bad_request", `level must be ${LOG_LEVELS.join(", ")}.`);
  return level;
}
