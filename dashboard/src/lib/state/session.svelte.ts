import type { User } from "../../../../sdk/javascript/index.ts";
import { client } from "../api/client.ts";

/** Who is signed in: `undefined` until that is known, null for nobody. */
class Session {
  user = $state<User | null | undefined>(undefined);

  /** Finds out who the session's cookie belongs to. */
  async load(): Promise<void> {
    this.take(await client.auth.me());
  }

  /** Takes over whom the server has signed in. */
  take(user: User | null): void {
    this.user = user;
    if (user === null) client.close();
  }

  async signOut(): Promise<void> {
    await client.auth.logout().catch(() => undefined);
    this.take(null);
  }
}

export const session = new Session();
