import type { Action, Caller, World } from "./world.ts";

// What roles and API keys mean, as naively as it can be said.

/** The role, and all that it includes, at any remove. */
export function reach(world: World, role: string): readonly string[] {
  const included = world.roles.find(({ name }) => name === role)?.includes ?? [];
  return [...new Set([role, ...included.flatMap((one) => reach(world, one))])];
}

/** Under what the caller's role grants something: `true` is always. */
export function grantsOf(world: World, { user }: Caller, permission: string): readonly (true | string)[] {
  if (user === null) return [];
  const own = world.roles.filter(({ name }) => reach(world, user.role).includes(name));
  return own.flatMap(({ permissions }) => permissions[permission] ?? []);
}

/** What rules know of a role. */
export function knownOfRole(world: World, role: string) {
  const roles = reach(world, role);
  const all = world.roles.filter(({ name }) => roles.includes(name)).flatMap((one) => Object.entries(one.permissions));
  return { role, roles, permissions: [...new Set(all.flatMap(([name, when]) => (when === true ? [name] : [])))] };
}

const READS = ["list", "view"];

/** Whether the key that the caller comes with, if any, is good for this. */
export function inScope({ scopes }: Caller, collection: string, action: Action): boolean {
  if (scopes === null) return true;
  return scopes.some((scope) => {
    const [where, what = action] = scope.split(":");
    if (where !== "*" && where !== collection) return false;
    if (what === "read") return READS.includes(action);
    return what === "write" ? !READS.includes(action) : what === action;
  });
}
