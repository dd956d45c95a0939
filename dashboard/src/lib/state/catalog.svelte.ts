import { whenever } from "../api/live.ts";
import { get } from "../api/request.ts";
import type { CollectionDefinition } from "../api/types.ts";

interface Listed {
  readonly items: readonly CollectionDefinition[];
  readonly drift: readonly unknown[];
  readonly pending: readonly string[];
}

/** The collections as they are now; kept so by `system.collection_changed`. */
class Catalog {
  collections = $state.raw<readonly CollectionDefinition[]>([]);
  /** Where files and database differ, and what waits for `bak migrate`. */
  drift = $state.raw<readonly unknown[]>([]);
  pending = $state.raw<readonly string[]>([]);
  loaded = $state(false);

  find(name: string): CollectionDefinition | undefined {
    return this.collections.find((one) => one.name === name);
  }

  async load(): Promise<void> {
    const { items, drift, pending } = await get<Listed>("/api/admin/collections");
    this.collections = items.toSorted((a, b) => a.name.localeCompare(b.name));
    this.drift = drift;
    this.pending = pending;
    this.loaded = true;
  }

  /** Reads again whenever a collection changes, until the function that is returned is called. */
  watch(): () => void {
    return whenever("system.collection_changed", () => this.load());
  }
}

export const catalog = new Catalog();
