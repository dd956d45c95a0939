import { BakendError } from "../errors.ts";
import { isAdmin } from "../principal.ts";
import type { Route } from "./route.ts";

/** The same routes for admins alone: 401 for a guest, 403 for anybody else, before anything is looked at. */
export function adminOnly(routes: readonly Route[]): readonly Route[] {
  return routes.map((route) => ({
    ...route,
    handle(context) {
      const { principal } = context;
      if (principal.kind === "anonymous") throw new BakendError("unauthenticated", "Sign in as an admin.");
      if (!isAdmin(principal)) throw new BakendError("forbidden", "This is for admins.");
      return route.handle(context);
    },
  }));
}
