import type { FieldProblem } from "../../protocol/index.ts";
import { BakendError } from "../errors.ts";
import { fieldProblems, type Report } from "../field-problems.ts";
import { RESERVED_AUTH_FIELDS } from "./auth-fields.ts";
import { checkCallerPath } from "./caller-paths.ts";
import type { Catalog } from "./catalog.ts";
import { checkView, checkViewOver } from "./check-view.ts";
import { type Collection, createCollection } from "./collection.ts";
import { ACTIONS, type CollectionDefinition, definitionSchema, type FieldDefinition } from "./definition.ts";
import { createField, type Field } from "./fields/index.ts";
import { SYSTEM_FIELDS } from "./record.ts";
import { pathsOf, permissionText, ruleCondition } from "./rule-text.ts";

/** First path segments under `/api` and families of events: a collection of that name could not be told from them. */
export const RESERVED_COLLECTIONS: ReadonlySet<string> = new Set([
  "admin",
  "auth",
  "batch",
  "docs",
  "events",
  "function",
  "functions",
  "health",
  "job",
  "jobs",
  "keys",
  "livez",
  "metrics",
  "openapi",
  "plugin",
  "plugins",
  "presence",
  "readyz",
  "realtime",
  "request",
  "server",
  "settings",
  "storage",
  "system",
  "webhook",
  "webhooks",
]);

const RESERVED_FIELDS: ReadonlySet<string> = new Set([...SYSTEM_FIELDS, "expand"]);

/** Words that an expression would not take for the name of a field. */
const EXPRESSION_WORDS: readonly string[] = ["true", "false", "null", "in", "every"];

/** A table of such a name would take the place of a function that the engine's own statements call. */
const TABLE_FUNCTION = /^(json_each|json_tree|jsonb_each|jsonb_tree|pragma_.*)$/i;

/**
 * Checks one definition by itself: its shape, names and options. Every fault is listed.
 * @throws BakendError `validation_failed`
 */
export function checkDefinition(input: unknown): CollectionDefinition {
  const parsed = definitionSchema.safeParse(input);
  const name = nameOf(input);
  if (!parsed.success) throw invalid(name, fieldProblems(parsed.error.issues, "definition"));
  const problems: FieldProblem[] = [];
  const report: Report = (field, code, message) => problems.push({ field, code, message });
  const definition = parsed.data;
  checkName(definition, report);
  checkFields(definition, report);
  checkIndexes(definition, report);
  checkView(definition, report);
  if (problems.length > 0) throw invalid(name, problems);
  return definition;
}

/**
 * Checks what depends on other collections: relations and permissions.
 * @throws BakendError `validation_failed`
 */
export function checkAgainst(catalog: Catalog, collection: Collection): void {
  const problems: FieldProblem[] = [];
  const { definition } = collection;
  checkViewOver(catalog, definition, (field, code, message) => problems.push({ field, code, message }));
  definition.fields.forEach((field, index) => {
    if (field.type === "relation") {
      const target = catalog.get(field.collection);
      if (!target)
        problems.push({
          field: `fields.${index}.collection`,
          code: "reference",
          message: `there is no collection ${field.collection}`,
        });
      else if (target.kind === "view")
        problems.push({
          field: `fields.${index}.collection`,
          code: "reference",
          message: `${field.collection} is a view and cannot be pointed to`,
        });
    }
    for (const right of ["view", "write"] as const) {
      const text = field.permissions?.[right];
      if (text !== undefined)
        checkRule(catalog, collection, text, right === "write", `fields.${index}.permissions.${right}`, problems);
    }
  });
  for (const action of ACTIONS) {
    const text = permissionText(collection, action);
    if (text !== null)
      checkRule(
        catalog,
        collection,
        text,
        action === "update" || action === "delete",
        `permissions.${action}`,
        problems,
      );
  }
  if (problems.length > 0) throw invalid(collection.name, problems);
}

function checkRule(
  catalog: Catalog,
  collection: Collection,
  text: string,
  allowOld: boolean,
  path: string,
  problems: FieldProblem[],
): void {
  try {
    ruleCondition(catalog, collection, text, allowOld);
    for (const one of pathsOf(collection, text)) checkCallerPath(catalog, one);
  } catch (error) {
    if (!(error instanceof BakendError)) throw error;
    problems.push({ field: path, code: "pattern", message: error.message });
  }
}

function checkName({ name }: CollectionDefinition, report: Report): void {
  if (RESERVED_COLLECTIONS.has(name)) report("name", "enum", `"${name}" is reserved`);
  if (name.toLowerCase().startsWith("sqlite_"))
    report("name", "pattern", "names that begin with sqlite_ belong to SQLite");
  else if (TABLE_FUNCTION.test(name)) report("name", "enum", `"${name}" is a function of the database`);
}

function checkFields({ name, fields, kind }: CollectionDefinition, report: Report): void {
  const seen = new Set<string>();
  fields.forEach((field, index) => {
    const at = `fields.${index}`;
    const folded = field.name.toLowerCase();
    if (kind === "auth" && RESERVED_AUTH_FIELDS.some((reserved) => reserved.toLowerCase() === folded))
      report(`${at}.name`, "enum", `every account has "${field.name}" already`);
    if ([...RESERVED_FIELDS].some((reserved) => reserved.toLowerCase() === folded))
      report(`${at}.name`, "enum", `"${field.name}" is kept by the server`);
    if (EXPRESSION_WORDS.includes(field.name))
      report(`${at}.name`, "enum", `"${field.name}" is a word of the expression language`);
    if (seen.has(folded)) report(`${at}.name`, "unique", `"${field.name}" is there twice (case does not count)`);
    seen.add(folded);
    if (kind === "view" && field.type === "relation" && field.many)
      report(`${at}.many`, "enum", "a view has no to-many relations");
    checkField(field, name, at, report);
  });
}

function checkField(definition: FieldDefinition, collection: string, at: string, report: Report): void {
  if (
    "min" in definition &&
    definition.min !== undefined &&
    definition.max !== undefined &&
    definition.min > definition.max
  ) {
    report(`${at}.min`, "max", "is greater than max");
  }
  if (definition.type === "text" && definition.pattern !== undefined && !isPattern(definition.pattern)) {
    report(`${at}.pattern`, "pattern", "is not a regular expression");
    return;
  }
  const field = createField(definition, collection);
  const many = field.schema.kind === "many" || field.schema.kind === "list";
  if (many && definition.nullable) report(`${at}.nullable`, "enum", "a field with many values is empty, never null");
  if (definition.unique && (many || definition.type === "json" || definition.type === "geo")) {
    report(
      `${at}.unique`,
      "enum",
      `a field of type ${definition.type}${many ? " with many values" : ""} cannot be unique`,
    );
  }
  if (field.link && !field.link.many && field.link.onDelete === "setNull" && !field.nullable) {
    report(`${at}.onDelete`, "enum", "setNull needs a field that may be null");
  }
  checkDefault(field, many, at, report);
}

function checkDefault(field: Field, many: boolean, at: string, report: Report): void {
  const { definition } = field;
  const fallback = "default" in definition ? definition.default : undefined;
  if (fallback === undefined || fallback === null) {
    if (!field.nullable && !many && !definition.required)
      report(`${at}.default`, "required", "a field that is neither required nor nullable needs a default");
    return;
  }
  if (typeof fallback === "string" && fallback.startsWith("@")) {
    const temporal = definition.type === "datetime" || definition.type === "date";
    const fits = fallback === "@now" ? temporal : /^@user\.[a-z][A-Za-z0-9_]*$/.test(fallback) && !temporal && !many;
    if (!fits) report(`${at}.default`, "pattern", 'must be a value, "@now" for dates, or "@user.<field>"');
    return;
  }
  field.parse(fallback, (code, message) => {
    report(`${at}.default`, code, message);
    return undefined;
  });
}

function checkIndexes({ fields, indexes = [] }: CollectionDefinition, report: Report): void {
  indexes.forEach((index, position) => {
    for (const name of index.fields) {
      const field = fields.find((one) => one.name === name);
      const at = `indexes.${position}.fields`;
      if (!field && !SYSTEM_FIELDS.some((system) => system === name))
        report(at, "reference", `there is no field ${name}`);
      else if (field && (field.type === "json" || ("many" in field && field.many)))
        report(at, "enum", `${name} cannot be indexed`);
    }
  });
}

/** Compiles a definition and checks it in the catalog that it is to be part of. */
export function compileDefinition(input: unknown): Collection {
  return createCollection(checkDefinition(input));
}

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, "u") instanceof RegExp;
  } catch {
    return false;
  }
}

function nameOf(input: unknown): string {
  return typeof input === "object" && input !== null && "name" in input && typeof input.name === "string"
    ? input.name
    : "(unnamed)";
}

function invalid(name: string, problems: readonly FieldProblem[]): BakendError {
  const list = problems.map((problem) => `${problem.field}: ${problem.message}`).join("; ");
  return new BakendError(
    "validation_failed",
    `The definition of collection ${name.slice(0, 64)} is not valid: ${list}.`,
    { errors: problems },
  );
}
