import type { SettingInForce } from "../../config/index.ts";
import { adminOnly } from "../admin-only.ts";
import { json } from "../reply.ts";
import { readQuery } from "../request.ts";
import type { Route } from "../route.ts";

/** `/api/admin/settings`: the configuration in force. */
export function adminSettingsRoutes(settings: readonly SettingInForce[]): readonly Route[] {
  return adminOnly([
    {
      method: "GET",
      path: "/api/admin/settings",
      handle({ query }) {
        readQuery(query, []);
        return json({ items: settings });
      },
    },
  ]);
}
