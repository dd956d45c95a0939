import { getOrAdd } from "../../tools/index.ts";
import { type Row, type SqlValue, sqliteDialect } from "../database/index.ts";
import { BakendError } from "../errors.ts";
import { compileValues, type Literal, type PathOperand, resolveValues } from "../rules/index.ts";
import type { Catalog } from "./catalog.ts";
import { type Collection, ROW } from "./collection.ts";
import { rulePaths } from "./rule-text.ts";

/** What to select beside an account's record, over the alias `ROW`: the values that rules reach through its relations. */
export interface CallerPaths {
  /** A select list that begins with a comma, or nothing. */
  readonly select: string;
  readonly params: readonly SqlValue[];
  /** The names of what is selected. */
  readonly columns: readonly string[];
  /** The collections whose records the values depend on, beside the account's own. */
  readonly through: ReadonlySet<string>;
  /** The same text exactly while neither the record nor these values change. */
  keyOf(row: Row): string;
  /** The values by path (`team.name`): one, or a list where the path has many. */
  decode(row: Row): Readonly<Record<string, Literal | readonly Literal[]>>;
}

const plansOf = new WeakMap<Catalog, Map<Collection, CallerPaths>>();

/** The paths from an account of this collection to other records that some rule takes. */
export function callerPaths(catalog: Catalog, collection: Collection): CallerPaths {
  const plans = plansOf.get(catalog) ?? new Map<Collection, CallerPaths>();
  if (plans.size === 0) plansOf.set(catalog, plans);
  return getOrAdd(plans, collection, () => planPaths(catalog, collection));
}

/** What is known of a caller beside the fields of the record. */
const OF_ROLE: ReadonlySet<string> = new Set(["roles", "permissions"]);

/**
 * Whether some account can have this `@user` path.
 * @throws BakendError `bad_request` if there are accounts, and none has it
 */
export function checkCallerPath(catalog: Catalog, path: string): void {
  const accounts = catalog.collections.filter((one) => one.kind === "auth");
  if (accounts.length === 0 || OF_ROLE.has(path)) return;
  if (accounts.some((one) => pathOf(catalog, one, path) !== null)) return;
  throw new BakendError("bad_request", `@user.${path}: no account has such a field.`);
}

function planPaths(catalog: Catalog, collection: Collection): CallerPaths {
  // what lies within the record itself, in a JSON field, is at hand anyway
  const isBeyond = ({ hops, leaf, text }: PathOperand): boolean =>
    hops.length > 0 || leaf.kind === "targets" || (text.endsWith(".id") && leaf.kind === "column");
  const paths = rulePaths(catalog)
    .filter((path) => path.includes("."))
    .flatMap((path) => {
      const operand = pathOf(catalog, collection, path);
      return operand && isBeyond(operand)
        ? [{ path, operand, sql: compileValues(operand, { dialect: sqliteDialect, table: ROW }) }]
        : [];
    });
  const columns = paths.map(({ path }) => `@${path}`);
  return {
    columns,
    through: new Set(paths.flatMap(({ operand }) => reachOf(operand))),
    select: paths.map(({ sql }, index) => `, ${sql.sql} AS ${sqliteDialect.quote(columns[index] ?? "")}`).join(""),
    params: paths.flatMap(({ sql }) => sql.params),
    keyOf: (row) => [row.version, ...columns.map((name) => row[name])].join(" "),
    decode: (row) =>
      Object.fromEntries(paths.map(({ path, operand }) => [path, decodeValues(operand, String(row[`@${path}`]))])),
  };
}

function reachOf({ hops, leaf }: PathOperand): readonly string[] {
  return [...hops.map((hop) => hop.target), ...(leaf.kind === "targets" ? [leaf.target] : [])];
}

/**
 * Whose rights a change of a collection's records may change: those of `all` callers, whose `@user` paths may lead through
 * it, those of the account that the record is (`own`), or nobody's.
 */
export function decidesOn(catalog: Catalog, name: string): "all" | "own" | "nobody" {
  const accounts = catalog.collections.filter((one) => one.kind === "auth");
  if (accounts.some((one) => callerPaths(catalog, one).through.has(name))) return "all";
  return catalog.get(name)?.kind === "auth" ? "own" : "nobody";
}

/** A path from an account on, or null if accounts of this collection have none of that name. */
function pathOf(catalog: Catalog, collection: Collection, path: string): PathOperand | null {
  try {
    const [name = ""] = path.split(".");
    if (collection.field(name)?.definition.hidden) return null;
    return resolveValues(path, { schema: catalog, collection: collection.name });
  } catch (error) {
    if (error instanceof BakendError) return null;
    throw error;
  }
}

function decodeValues(operand: PathOperand, text: string): Literal | readonly Literal[] {
  const stored: readonly Literal[] = JSON.parse(text);
  // the database has no booleans
  const values = operand.type === "boolean" ? stored.map((one) => (one === null ? null : one === 1)) : stored;
  return operand.many ? values : (values[0] ?? null);
}
