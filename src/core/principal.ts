/**
 * Who is asking. Nothing reaches a record without one.
 * - `anonymous`: no token was given;
 * - `user`: a signed-in user, with the fields of their record (`@user.*` in rules), in person or through an API key;
 * - `key`: an API key that belongs to no user, with a role of its own: a program;
 * - `system`: the backend itself, the CLI, and admins' bypass of rules. Always an explicit choice in the code.
 */
export type Principal =
  | { readonly kind: "anonymous"; readonly depth?: Depth }
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
      /** The API key that the request came with, instead of a session. */
      readonly key?: ApiKey;
      readonly depth?: Depth;
      readonly address?: Address;
    }
  | { readonly kind: "key"; readonly role: string; readonly key: ApiKey; readonly address?: Address }
  | {
      readonly kind: "system";
      readonly reason: string;
      readonly depth?: Depth;
      /** What is written was sent by a guest: the files that it names are those that a guest may use. */
      readonly guest?: true;
    };

/** How many functions stand between a request and what is done in this principal's name; none if it is absent. */
type Depth = number;

/** Where an admin asks from, to be kept with what they do. It is nobody else's: they stay the same object as long as nothing changes. */
type Address = string;

/** An API key, and what it is good for: it only ever narrows what its role or user may do. */
export interface ApiKey {
  readonly id: string;
  /** `*`, `posts`, `posts:read`, `*:create`, `admin` ... */
  readonly scopes: readonly string[];
}

/** The caller without a token. */
export const ANONYMOUS: Principal = Object.freeze({ kind: "anonymous" });

/** The backend acting on its own behalf; `reason` says for what, and appears in logs. */
export function systemPrincipal(reason: string): Extract<Principal, { kind: "system" }> {
  return Object.freeze({ kind: "system", reason });
}

/** True for principals that pass every rule: the system and the built-in `admin` role. */
export function bypassesRules(principal: Principal): boolean {
  switch (principal.kind) {
    case "system":
      return true;
    case "user":
    case "key":
      return principal.role === "admin";
    default:
      return false;
  }
}

/** Who asks, and, of an admin, from where; to find that out may cost something. */
export function asking(principal: Principal, scope: { readonly address?: string | undefined }): Principal {
  if (!("role" in principal) || principal.role !== "admin") return principal;
  const { address } = scope;
  return address === undefined ? principal : { ...principal, address };
}

/** The names that stand for several actions in a scope. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  read: ["list", "view"],
  write: ["create", "update", "delete"],
};

/** A scope: everything, a collection, or one action or group of actions on it or on all; or the admin API. */
export const SCOPE = /^(admin|(\*|[a-z][A-Za-z0-9_]{0,62})(:(list|view|create|update|delete|join|send|read|write))?)$/;

/** Whether the key that somebody came with, if any, is good for an action on a collection. */
export function isInScope(principal: Principal, collection: string, action: string): boolean {
  if (!("key" in principal) || principal.key === undefined) return true;
  return principal.key.scopes.some((scope) => {
    const [where, what] = scope.split(":");
    if (where !== "*" && where !== collection) return false;
    return what === undefined || what === action || (GROUPS[what]?.includes(action) ?? false);
  });
}

/** Whether somebody is an admin, and did not come with a key that is good for less. */
export function isAdmin(principal: Principal): boolean {
  if (!bypassesRules(principal)) return false;
  return !("key" in principal) || principal.key === undefined || principal.key.scopes.includes("admin");
}

/** An admin whose key was found good for the admin API, with every collection open: the same one who acts. */
export function unscoped(admin: Principal): Principal {
  if (!("key" in admin) || admin.key === undefined) return admin;
  return { ...admin, key: { ...admin.key, scopes: ["*"] } };
}
