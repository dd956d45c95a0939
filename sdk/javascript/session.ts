import { tell } from "./tell.ts";
import type { User } from "./types.ts";

/** Where a session is kept: `localStorage`, `sessionStorage`, or anything like them. */
export interface SessionStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** The tokens of somebody who is signed in. */
export interface Tokens {
  readonly token: string;
  readonly refreshToken: string;
  /** When the token ends, in ISO 8601. */
  readonly expiresAt: string;
}

/** Who is signed in. In cookie mode the browser holds the tokens, and no script sees them. */
export interface Session {
  readonly user: User;
  readonly tokens: Tokens | null;
}

/** Holds the session, for every part of a client. */
export interface Sessions {
  /** The session as it is now, also where another page on the same storage has changed it; null for a guest. */
  current(): Session | null;
  set(session: Session | null): void;
  /** Tells of every change, until the function that is returned is called. */
  onChange(listener: (session: Session | null) => void): () => void;
}

const KEY = "bakend-session";

/** Makes a session that lives in memory, or in a storage, and then outlives this page. */
export function createSessions(storage: SessionStorage | null): Sessions {
  const listeners = new Set<(session: Session | null) => void>();
  let text: string | null = null;
  let session: Session | null = null;

  return {
    current() {
      if (storage === null) return session;
      const stored = storage.getItem(KEY);
      if (stored !== text) {
        text = stored;
        session = parse(stored);
      }
      return session;
    },
    set(next) {
      session = next;
      text = next && JSON.stringify(next);
      if (text === null) storage?.removeItem(KEY);
      else storage?.setItem(KEY, text);
      for (const listener of [...listeners]) if (listeners.has(listener)) tell(() => listener(next));
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Whatever else is found there is no session. */
function parse(text: string | null): Session | null {
  try {
    const value = JSON.parse(text ?? "null") as Session | null;
    return typeof value?.user?.id === "string" ? value : null;
  } catch {
    return null;
  }
}
