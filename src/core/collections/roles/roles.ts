/** A role as an admin defines it. */
export interface Role {
  readonly name: string;
  /** Roles whose permissions it has too, and as whose member it counts. */
  readonly includes: readonly string[];
  /** What it grants, by name (`posts.delete`, `posts.publish`, `storage.upload`): always, or where a condition holds. */
  readonly permissions: Readonly<Record<string, true | string>>;
}

/** Something that a role has. */
export interface Grant {
  /** The role itself, or the one that it includes. */
  readonly role: string;
  readonly permission: string;
  /** The condition; `true` for always. */
  readonly when: true | string;
}

/** All roles at one moment. A user's `role` needs no definition: then it includes and grants nothing. */
export interface Roles {
  readonly all: readonly Role[];
  /** The role itself and whatever it includes, at any remove. */
  namesOf(role: string): readonly string[];
  /** The names of what a role grants without a condition. */
  permissionsOf(role: string): readonly string[];
  /** The grants of something that a role has, one of which must hold. */
  grantsOf(role: string, permission: string): readonly Grant[];
}

/** Makes the roles of these definitions. */
export function createRoles(all: readonly Role[]): Roles {
  const byName = new Map(all.map((one) => [one.name, one]));
  const reach = new Map(all.map(({ name }) => [name, reachable(byName, name)]));
  const namesOf = (role: string): readonly string[] => reach.get(role) ?? [role];
  const definitionsOf = (role: string): readonly Role[] => namesOf(role).flatMap((name) => byName.get(name) ?? []);
  const permissions = new Map(
    all.map(({ name }) => {
      const granted = definitionsOf(name).flatMap((one) => Object.entries(one.permissions));
      return [name, [...new Set(granted.filter(([, when]) => when === true).map(([permission]) => permission))]];
    }),
  );
  return {
    all,
    namesOf,
    permissionsOf: (role) => permissions.get(role) ?? NOTHING,
    grantsOf: (role, permission) =>
      definitionsOf(role).flatMap(({ name, permissions: own }) => {
        const when = Object.hasOwn(own, permission) ? own[permission] : undefined;
        return when === undefined ? [] : [{ role: name, permission, when }];
      }),
  };
}

const NOTHING: readonly string[] = Object.freeze([]);

function reachable(roles: ReadonlyMap<string, Role>, start: string): readonly string[] {
  const found = new Set([start]);
  for (const name of found) for (const next of roles.get(name)?.includes ?? []) found.add(next);
  return [...found];
}
