import type { CallAsks } from "./asks.ts";

const METHODS = ["user", "verify", "signIn", "signOut", "invite", "sendPasswordReset", "sendVerification"] as const;

/** Accounts as a function sees them. */
export type GuestAuth = Readonly<Record<(typeof METHODS)[number], (...args: readonly unknown[]) => Promise<unknown>>>;

/** Makes the accounts of a call. */
export function createAuth({ ask }: Pick<CallAsks, "ask">): GuestAuth {
  const put =
    (method: string) =>
    (...args: readonly unknown[]): Promise<unknown> =>
      ask({ op: "auth", method, args });
  return Object.fromEntries(METHODS.map((method) => [method, put(method)])) as GuestAuth;
}
