import type { FieldErrorCode, FieldProblem } from "../../../protocol/index.ts";
import { isUuid } from "../../../tools/index.ts";
import { BakendError } from "../../errors.ts";
import { bypassesRules } from "../../principal.ts";
import type { Caller } from "../access.ts";
import { KEPT_BY_ADMINS } from "../auth-fields.ts";
import type { Collection } from "../collection.ts";
import type { Field } from "../fields/index.ts";
import { type StoredRecord, SYSTEM_FIELDS } from "../record.ts";

/** What a new record gets without being asked. */
export interface NewRecord {
  readonly id: string;
  readonly now: string;
}

type Problems = FieldProblem[];

/** Of a record that is not complete yet, only what is there is checked. */
type Completeness = "complete" | "incomplete";

/** An answer must not grow with whatever was sent: of unknown fields this many are named, with this much of each name. */
const MAX_UNKNOWN = 50;
const MAX_SHOWN = 64;

/**
 * Makes a whole record of what a caller sent. All faults are reported at once; `path` stands before their fields.
 * @throws BakendError `validation_failed`
 */
export function validateCreate(
  collection: Collection,
  data: unknown,
  fresh: NewRecord,
  caller: Caller,
  path = "",
  completeness: Completeness = "complete",
): StoredRecord {
  const problems: Problems = [];
  const body = requireObject(data, path);
  refuseUnknown(collection, body, problems, path);
  const record: Record<string, unknown> = { id: chosenId(body.id, fresh.id, problems, path) };
  // rules know a user by the id alone: nobody may take one that means somebody else in another collection of accounts
  if (collection.kind === "auth" && body.id !== undefined && !bypassesRules(caller.principal))
    report(problems, path, "id", "immutable", "is chosen by admins only");
  for (const field of collection.fields) {
    const given = body[field.name];
    const value = given === undefined ? defaultOf(field, caller, fresh.now) : given;
    record[field.name] = checkValue(field, value, problems, path);
  }
  record.createdAt = restoredTime(body, "createdAt", fresh.now, caller, problems, path);
  record.updatedAt = restoredTime(body, "updatedAt", fresh.now, caller, problems, path);
  record.version = 1;
  if (body.version !== undefined && !isRestoring(caller))
    report(problems, path, "version", "immutable", "is kept by the server");
  throwIfAny(problems, completeness);
  return record as StoredRecord;
}

/**
 * Applies a caller's change to a record. `merge` keeps what is not named, `replace` resets it to its default but for
 * what `isKept` says.
 * @throws BakendError `validation_failed`
 */
export function validateUpdate(
  collection: Collection,
  old: StoredRecord,
  data: unknown,
  mode: "merge" | "replace",
  caller: Caller,
  path = "",
  completeness: Completeness = "complete",
): StoredRecord {
  const problems: Problems = [];
  const body = requireObject(data, path);
  refuseUnknown(collection, body, problems, path);
  const record: Record<string, unknown> = { ...old };
  for (const field of collection.fields) {
    const given = body[field.name];
    if (given === undefined && (mode === "merge" || isKept(collection, field))) continue;
    const value = checkValue(field, given === undefined ? defaultOf(field, caller, caller.now) : given, problems, path);
    if (field.definition.immutable && value !== undefined && !sameValue(value, old[field.name])) {
      report(problems, path, field.name, "immutable", "cannot be changed");
    }
    record[field.name] = value;
  }
  for (const name of SYSTEM_FIELDS) {
    if (body[name] !== undefined && body[name] !== old[name])
      report(problems, path, name, "immutable", "is kept by the server");
  }
  throwIfAny(problems, completeness);
  // what was proven was the old address
  if (collection.kind === "auth" && record.email !== old.email && !bypassesRules(caller.principal))
    record.verified = false;
  record.updatedAt = caller.now;
  record.version = old.version + 1;
  return record as StoredRecord;
}

/**
 * What a replacement that does not name a field leaves as it is: what cannot be changed, and what this caller perhaps
 * does not see or may not write.
 */
function isKept({ kind }: Collection, { name, definition }: Field): boolean {
  const { immutable, hidden, permissions } = definition;
  const isGuarded = permissions?.view !== undefined || permissions?.write !== undefined;
  return immutable === true || hidden === true || isGuarded || (kind === "auth" && KEPT_BY_ADMINS.includes(name));
}

/** Values are equal as JSON. */
export function sameValue(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  return typeof left === "object" && typeof right === "object" && JSON.stringify(left) === JSON.stringify(right);
}

function requireObject(data: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof data === "object" && data !== null && !Array.isArray(data))
    return Object.assign(Object.create(null), data); // a field may be called as something that every object inherits
  const field = path.replace(/\.$/, "");
  const message = "must be a JSON object";
  throw new BakendError("validation_failed", `${field || "The body"} ${message}.`, {
    errors: [{ field, code: "type", message }],
  });
}

function refuseUnknown(
  collection: Collection,
  body: Readonly<Record<string, unknown>>,
  problems: Problems,
  path: string,
): void {
  const unknown = Object.keys(body).filter((name) => !collection.schema.fields.has(name));
  for (const name of unknown.slice(0, MAX_UNKNOWN)) {
    const shown = name.slice(0, MAX_SHOWN).toWellFormed();
    report(problems, path, shown, "unknown_field", `${collection.name} has no such field`);
  }
}

function chosenId(given: unknown, fresh: string, problems: Problems, path: string): string {
  if (given === undefined) return fresh;
  if (isUuid(given)) return given;
  report(problems, path, "id", "type", "must be a UUID in lower case");
  return fresh;
}

/** The system may bring back a record with its times, as an import of an export does. */
function restoredTime(
  body: Readonly<Record<string, unknown>>,
  name: "createdAt" | "updatedAt",
  now: string,
  caller: Caller,
  problems: Problems,
  path: string,
): string {
  const given = body[name];
  if (given === undefined) return now;
  if (isRestoring(caller) && typeof given === "string" && !Number.isNaN(Date.parse(given)))
    return new Date(given).toISOString();
  report(problems, path, name, "immutable", "is kept by the server");
  return now;
}

function isRestoring(caller: Caller): boolean {
  return caller.principal.kind === "system";
}

function defaultOf(field: Field, { principal }: Caller, now: string): unknown {
  const fallback = "default" in field.definition ? field.definition.default : undefined;
  if (fallback === undefined) return undefined;
  if (typeof fallback !== "string" || !fallback.startsWith("@")) return fallback;
  if (fallback === "@now") return field.definition.type === "date" ? now.slice(0, 10) : now;
  if (principal.kind !== "user") return null;
  const name = fallback.slice("@user.".length);
  if (name === "id") return principal.id;
  return name === "role" ? principal.role : (principal.record[name] ?? null);
}

function checkValue(field: Field, value: unknown, problems: Problems, path: string): unknown {
  const { name, definition } = field;
  if (value === undefined || value === null) {
    const many = field.schema.kind === "many" || field.schema.kind === "list";
    // a field may be required and nullable: then null must be said
    const said = value === null && field.nullable && !many;
    if (definition.required && !said) report(problems, path, name, "required", "is required");
    else if (many) return [];
    else if (!field.nullable) report(problems, path, name, "required", "must not be null");
    return null;
  }
  let fault: { code: FieldErrorCode; message: string } | undefined;
  const parsed = field.parse(value, (code, message) => {
    fault ??= { code, message };
    return undefined;
  });
  if (fault) report(problems, path, name, fault.code, fault.message);
  return parsed;
}

function report(problems: Problems, path: string, name: string, code: FieldErrorCode, message: string): void {
  problems.push({ field: `${path}${name}`, code, message });
}

function throwIfAny(all: Problems, completeness: Completeness): void {
  const problems = completeness === "complete" ? all : all.filter(({ code }) => code !== "required");
  if (problems.length === 0) return;
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  throw new BakendError("validation_failed", `${first?.field} ${first?.message}${more}.`, { errors: problems });
}
