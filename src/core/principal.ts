/**
 * Who is asking. Nothing reaches a record without one.
 * - `anonymous`: no token was given;
 * - `user`: a signed-in user, with the fields of their record (`@user.*` in rules);
 * - `system`: the backend itself, the CLI, and admins' bypass of rules. Always an explicit choice in the code.
 */
export type Principal =
  | { readonly kind: "anonymous" }
  | {
      readonly kind: "user";
      readonly id: string;
      readonly role: string;
      /** The collection that the account is in. */
      readonly collection: string;
      /** The session that the request came in. */
      readonly session: string;
      readonly record: Readonly<Record<string, unknown>>;
      /** What rules reach through the record's relations, by path (`team.name`). */
      readonly related?: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: "system"; readonly reason: string };

/** The caller without a token. */
export const ANONYMOUS: Principal = Object.freeze({ kind: "anonymous" });

/** The backend acting on its own behalf; `reason` says for what, and appears in logs. */
export function systemPrincipal(reason: string): Principal {
  return Object.freeze({ kind: "system", reason });
}

/** True for principals that pass every rule: the system and the built-in `admin` role. */
export function bypassesRules(principal: Principal): boolean {
  switch (principal.kind) {
    case "system":
      return true;
    case "user":
      return principal.role === "admin";
    default:
      return false;
  }
}
