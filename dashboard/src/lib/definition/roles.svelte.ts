import { follow } from "../api/live.ts";
import { get } from "../api/request.ts";
import type { Role } from "./answers.ts";

/** The roles that are defined; kept up to date by `system.role_changed`. */
class Roles {
  all = $state.raw<readonly Role[]>([]);
  loaded = $state(false);

  async load(): Promise<void> {
    const { items } = await get<{ items: readonly Role[] }>("/api/admin/roles");
    this.all = items.toSorted((a, b) => a.name.localeCompare(b.name));
    this.loaded = true;
  }

  /** Reads them, and again whenever one changes, until the function that is returned is called. */
  watch(): () => void {
    const again = (): void => void this.load().catch(() => undefined);
    again();
    return follow("system.*", {
      event: ({ type }) => {
        if (type === "system.role_changed") again();
      },
      reset: again,
    });
  }
}

export const roles = new Roles();
