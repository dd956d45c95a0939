/** What a role grants, in a form: without a condition it is granted everywhere. */
export interface GrantDraft {
  readonly key: number;
  permission: string;
  condition: string;
}

const NAME = /^[a-z][A-Za-z0-9_-]{0,62}$/;

let lastKey = 0;

/** A new grant, of nothing yet. */
export function newGrant(): GrantDraft {
  return { key: ++lastKey, permission: "", condition: "" };
}

/** What a role grants, for a form. */
export function grantsOf(permissions: Readonly<Record<string, true | string>>): GrantDraft[] {
  return Object.entries(permissions).map(([permission, when]) => ({
    key: ++lastKey,
    permission,
    condition: when === true ? "" : when,
  }));
}

/** The permission that stands in two rows, which cannot be meant: each has one condition. Null for none. */
export function grantedTwice(grants: readonly GrantDraft[]): string | null {
  const names = grants.map(({ permission }) => permission.trim()).filter((name) => name !== "");
  return names.find((name, at) => names.indexOf(name) !== at) ?? null;
}

/** What a form grants; rows without a name are none. */
export function permissionsOf(grants: readonly GrantDraft[]): Record<string, true | string> {
  const named = grants.filter(({ permission }) => permission.trim() !== "");
  return Object.fromEntries(named.map(({ permission, condition }) => [permission.trim(), condition.trim() || true]));
}

/** What is wrong with the name of a new role; null for nothing. */
export function roleNameFault(name: string, taken: readonly string[]): string | null {
  if (!NAME.test(name)) return "must be a lower-case letter, then up to 62 letters, digits, underscores or hyphens";
  if (name === "admin") return "admins pass every rule already";
  return taken.includes(name) ? `there is a role ${name} already` : null;
}
