import { z } from "zod";
import type { FieldProblem } from "../../protocol/index.ts";
import { BakendError } from "../errors.ts";
import { fieldProblems } from "../field-problems.ts";
import { checkCallerPath } from "./caller-paths.ts";
import type { Catalog } from "./catalog.ts";
import type { Role } from "./roles/index.ts";
import { collectionsUnder, pathsOf, ruleCondition } from "./rule-text.ts";

const NAME = /^[a-z][A-Za-z0-9_-]{0,62}$/;
const PERMISSION = /^[a-z][A-Za-z0-9_]*(\.[a-z][A-Za-z0-9_]*)+$/;
/** Its members pass every rule, so there is nothing to define; and nobody is to become one of them by inclusion. */
const ADMIN = "admin";

const roleSchema = z.strictObject({
  includes: z.array(z.string().regex(NAME, "must be the name of a role")).default([]),
  permissions: z
    .record(
      z.string().regex(PERMISSION, 'must be a name such as "posts.publish"'),
      z.union([z.literal(true), z.string()]),
    )
    .default({}),
});

/**
 * Checks a role by itself.
 * @throws BakendError `validation_failed`
 */
export function checkRole(name: string, input: unknown): Role {
  if (!NAME.test(name)) throw invalid(name, [{ field: "name", code: "pattern", message: "is no name of a role" }]);
  if (name === ADMIN) throw invalid(name, [{ field: "name", code: "enum", message: "admins pass every rule already" }]);
  const parsed = roleSchema.safeParse(input);
  if (!parsed.success) throw invalid(name, fieldProblems(parsed.error.issues, "body"));
  return { name, ...parsed.data };
}

/**
 * Checks roles against each other and against the collections that their conditions are about.
 * @throws BakendError `validation_failed`
 */
export function checkRoles(catalog: Catalog): void {
  const { roles } = catalog;
  const known = new Set(roles.all.map((one) => one.name));
  for (const role of roles.all) {
    const problems = [
      ...role.includes.flatMap((other, index) => includeProblem(catalog, known, role, other, `includes.${index}`)),
      ...Object.entries(role.permissions).flatMap(([permission, when]) => grantProblem(catalog, permission, when)),
    ];
    if (problems.length > 0) throw invalid(role.name, problems);
  }
}

function includeProblem(
  { roles }: Catalog,
  known: ReadonlySet<string>,
  role: Role,
  other: string,
  field: string,
): readonly FieldProblem[] {
  if (other === ADMIN) return [{ field, code: "enum", message: "admin cannot be included" }];
  if (!known.has(other)) return [{ field, code: "reference", message: `there is no role ${other}` }];
  if (roles.namesOf(other).includes(role.name))
    return [{ field, code: "reference", message: `${other} includes ${role.name} already` }];
  return [];
}

function grantProblem(catalog: Catalog, permission: string, when: true | string): readonly FieldProblem[] {
  if (when === true) return [];
  const field = `permissions.${permission}`;
  const [family = ""] = permission.split(".");
  const collection = catalog.get(family);
  if (!collection) {
    return [{ field, code: "reference", message: `a condition needs a collection, and ${family} is none` }];
  }
  const other = collectionsUnder(catalog, permission).find((one) => one !== collection);
  if (other) {
    const message = `is a rule of ${other.name} too, where a condition on ${family} says nothing`;
    return [{ field, code: "reference", message }];
  }
  if (when.startsWith("permission:")) return [{ field, code: "pattern", message: "cannot be another permission" }];
  try {
    ruleCondition(catalog, collection, when, false);
    for (const one of pathsOf(collection, when)) checkCallerPath(catalog, one);
    return [];
  } catch (error) {
    if (!(error instanceof BakendError)) throw error;
    return [{ field, code: "pattern", message: error.message }];
  }
}

function invalid(name: string, errors: readonly FieldProblem[]): BakendError {
  const told = errors.map(({ field, message }) => `${field} ${message}`).join("; ");
  return new BakendError("validation_failed", `Role ${name.slice(0, 64)}: ${told}.`, { errors });
}
