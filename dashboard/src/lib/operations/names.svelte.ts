import { SvelteMap } from "svelte/reactivity";
import { get } from "../api/request.ts";
import { soon } from "./soon.ts";
import type { Account } from "./types.ts";

/** Accounts that are asked for in one request, at most. */
const AT_ONCE = 25;
const ID = /^[0-9a-f-]{36}$/;

/** Addresses of accounts by their ids: asked for once, together with those of the same moment. */
class AccountNames {
  readonly #known = new SvelteMap<string, string>();
  readonly #asked = new Set<string>();
  #waiting: string[] = [];
  readonly #ask = soon(() => void this.#look(), 30);

  /** The address of an account; its id until that is known, and of one that is gone. */
  of(id: string): string {
    const known = this.#known.get(id);
    if (known === undefined && !this.#asked.has(id) && ID.test(id)) {
      this.#asked.add(id);
      this.#waiting.push(id);
      this.#ask();
    }
    return known ?? id;
  }

  async #look(): Promise<void> {
    const ids = this.#waiting.splice(0, AT_ONCE);
    if (this.#waiting.length > 0) this.#ask();
    const filter = ids.map((id) => `id = '${id}'`).join(" || ");
    const { items } = await get<{ items: readonly Account[] }>("/api/admin/users", { filter, limit: AT_ONCE }).catch(
      () => ({ items: [] }),
    );
    for (const { id, email } of items) this.#known.set(id, email);
  }
}

export const names = new AccountNames();
