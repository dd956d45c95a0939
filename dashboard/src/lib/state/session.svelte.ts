import { disconnect } from "../api/live.ts";
import { ApiError, get, post } from "../api/request.ts";
import type { User } from "../api/types.ts";

/** Who is signed in: `undefined` until that is known, null for nobody. */
class Session {
  user = $state<User | null | undefined>(undefined);

  /** Finds out who the session's cookie belongs to. */
  async load(): Promise<void> {
    try {
      this.take((await get<{ user: User }>("/api/auth/me")).user);
    } catch (error) {
      if (error instanceof ApiError && error.status === 0) throw error;
      const refreshed = await post<{ user: User }>("/api/auth/refresh").catch(() => null);
      this.take(refreshed?.user ?? null);
    }
  }

  /** Takes over whom the server has signed in. */
  take(user: User | null): void {
    this.user = user;
    if (user === null) disconnect();
  }

  async signOut(): Promise<void> {
    await post("/api/auth/logout").catch(() => undefined);
    this.take(null);
  }
}

export const session = new Session();
