import { BakendError } from "../errors.ts";
import { ALWAYS, type Condition, NEVER, parseExpression, resolve, userPathsIn } from "../rules/index.ts";
import type { Catalog } from "./catalog.ts";
import type { Collection } from "./collection.ts";
import { ACTIONS, type Action } from "./definition.ts";

/** Before the name of something that roles grant, in a permission. */
export const GRANT = "permission:";

/**
 * Reads a permission (a keyword or an expression) as a condition on rows of the collection. What `permission:NAME` means
 * depends on the caller's role: here it only has to be a name.
 * @throws BakendError `bad_request` if it does not fit the collection
 */
export function ruleCondition(catalog: Catalog, collection: Collection, text: string, allowOld: boolean): Condition {
  if (text.startsWith(GRANT)) {
    if (/^[a-z]\w*(\.[a-z]\w*)+$/.test(text.slice(GRANT.length))) return NEVER;
    throw new BakendError("bad_request", `${text.slice(0, 100)}: a permission has a name such as "posts.publish".`);
  }
  if (text === "public") return ALWAYS;
  if (text === "admin") return NEVER;
  return resolve(parseExpression(expandKeyword(collection, text)), {
    schema: catalog,
    collection: collection.name,
    allowOld,
  });
}

/** Every permission of every collection, and of its fields. */
function permissionTexts({
  collections,
}: Pick<Catalog, "collections">): readonly (readonly [Collection, string | null | undefined])[] {
  return collections.flatMap((collection) => [
    ...ACTIONS.map((action) => [collection, permissionText(collection, action)] as const),
    ...collection.fields.flatMap((field) =>
      Object.values(field.definition.permissions ?? {}).map((text) => [collection, text] as const),
    ),
  ]);
}

/** The collections, or those with a field, of which `permission:NAME` is a rule. */
export function collectionsUnder(catalog: Catalog, permission: string): readonly Collection[] {
  const found = permissionTexts(catalog).filter(([, text]) => text === `${GRANT}${permission}`);
  return [...new Set(found.map(([collection]) => collection))];
}

/** Every `@user` path that some rule of these collections and roles names. */
export function rulePaths(catalog: Catalog): readonly string[] {
  const grants = catalog.roles.all.flatMap(({ permissions }) =>
    Object.entries(permissions).flatMap(([name, when]) => {
      const collection = catalog.get(name.slice(0, name.indexOf(".")));
      return when === true || !collection ? [] : [[collection, when] as const];
    }),
  );
  return [
    ...new Set([...permissionTexts(catalog), ...grants].flatMap(([collection, text]) => pathsOf(collection, text))),
  ];
}

/** Whether a permission is, or stands for, an expression; `public`, `admin` and `permission:NAME` are none. */
export function isExpression(text: string): boolean {
  return text !== "public" && text !== "admin" && !text.startsWith(GRANT);
}

/** The `@user` paths that a permission names. */
export function pathsOf(collection: Collection, text: string | null | undefined): readonly string[] {
  if (typeof text !== "string" || !isExpression(text)) return [];
  return userPathsIn(parseExpression(expandKeyword(collection, text)));
}

/** The permission in force for an action, or null where none is given. */
export function permissionText(collection: Collection, action: Action): string | null {
  const { permissions = {} } = collection.definition;
  const own = permissions[action];
  if (own !== undefined) return own;
  return (action === "list" || action === "view" ? permissions.read : undefined) ?? null;
}

/** The names under which roles can grant an action. */
export function permissionsFor(collection: Collection, action: Action): readonly string[] {
  const text = permissionText(collection, action);
  const beside = `${collection.name}.${action}`;
  return text?.startsWith(GRANT) ? [beside, text.slice(GRANT.length)] : [beside];
}

/** A permission as an expression; `public` and `admin`, which are none, stay as they are. */
export function expandKeyword(collection: Collection, text: string): string {
  if (text === "authenticated") return "@user.id != null";
  if (text.startsWith("role:"))
    return `@user.roles = '${text.slice(5).replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  if (text === "owner") return `${ownerField(collection)} = @user.id`;
  return text;
}

const OWNER_NAMES = ["owner", "author", "user"];

function ownerField(collection: Collection): string {
  const isRelation = (name: string): boolean => collection.field(name)?.definition.type === "relation";
  const single = (name: string): boolean => isRelation(name) && collection.field(name)?.link?.many === false;
  const name = collection.definition.owner ?? OWNER_NAMES.find(single);
  if (name !== undefined && isRelation(name)) return name;
  throw new BakendError(
    "bad_request",
    `The permission "owner" of ${collection.name} needs to know whose a record is: name the relation in "owner".`,
  );
}
