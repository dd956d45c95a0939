import { whenever } from "../api/live.ts";
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
    void this.load().catch(() => undefined);
    return whenever("system.role_changed", () => this.load());
  }
}

export const roles = new Roles();
