import { BakendError } from "../../errors.ts";
import { type Caller, isClosed, refuse } from "../access.ts";
import type { Collection } from "../collection.ts";
import type { Engine } from "../engine.ts";
import type { RecordData, StoredRecord } from "../record.ts";
import { withoutHidden } from "../shown.ts";
import { sameValue, validateCreate, validateUpdate } from "./validate.ts";

/**
 * Of a body that hooks have changed, the fields that are theirs. The permissions of single fields are about what callers
 * send; hooks are the project's own code, and what they set no caller has chosen.
 */
const setByHooks = new WeakMap<object, ReadonlySet<string>>();

/** The fields that a caller has sent of a body, without those that hooks have set. */
export function sentFields(data: unknown): readonly string[] {
  if (typeof data !== "object" || data === null) return [];
  const theirs = setByHooks.get(data);
  const names = Object.keys(data);
  return theirs ? names.filter((name) => !theirs.has(name)) : names;
}

/**
 * What is to be created once the hooks have seen it. Fields that are required may still be missing when they do; all else
 * is validated before, and again with everything else after.
 * @throws BakendError as `planCreate` does, and as hooks do
 */
export async function hookedCreate(
  engine: Engine,
  collection: Collection,
  caller: Caller,
  data: unknown,
  path = "",
): Promise<unknown> {
  if (!engine.hooks.has(collection.name, "create") || collection.kind === "view") return data;
  // whoever may create nothing here has no function run for it
  if (isClosed(engine.catalog(), collection, "create", caller)) refuse(caller, collection, "create");
  const fresh = { id: engine.newId(), now: caller.now };
  const draft = validateCreate(collection, data, fresh, caller, path, "incomplete");
  const record = withoutHidden(collection, draft);
  const { name } = collection;
  const { principal } = caller;
  return changed(
    collection,
    data,
    record,
    await engine.hooks.run({ collection: name, action: "create", principal, record, path }),
  );
}

/**
 * What an update is to set once the hooks have seen the record as it is and as it would be.
 * @throws BakendError as `validateUpdate` does, and as hooks do
 */
export async function hookedUpdate(
  engine: Engine,
  collection: Collection,
  caller: Caller,
  old: StoredRecord,
  data: unknown,
  mode: "merge" | "replace",
  path: string,
): Promise<unknown> {
  if (!engine.hooks.has(collection.name, "update")) return data;
  const draft = validateUpdate(collection, old, data, mode, caller, path, "incomplete");
  const record = withoutHidden(collection, draft);
  const { name } = collection;
  const { principal } = caller;
  const previous = withoutHidden(collection, old);
  const write = { collection: name, action: "update", principal, record, previous, path } as const;
  return changed(collection, data, record, await engine.hooks.run(write));
}

/** Asks the hooks about a deletion. @throws BakendError as hooks do */
export async function hookedRemove(
  engine: Engine,
  collection: Collection,
  { principal }: Caller,
  old: StoredRecord,
  path: string,
): Promise<void> {
  const { name } = collection;
  if (!engine.hooks.has(name, "delete")) return;
  await engine.hooks.run({
    collection: name,
    action: "delete",
    principal,
    record: withoutHidden(collection, old),
    path,
  });
}

/** The caller's body with what hooks have changed: of what they return, the fields that differ from what they were given. */
function changed({ kind }: Collection, data: unknown, record: RecordData, answer: RecordData): unknown {
  const theirs = new Map(
    Object.entries(answer).filter(([name, value]) => value !== undefined && !sameValue(value, record[name])),
  );
  if (theirs.size === 0) return data;
  if (kind === "auth" && CREDENTIALS.some((name) => theirs.has(name)))
    throw new BakendError("function_failed", "A hook tried to set a password.");
  const email = theirs.get("email");
  if (kind === "auth" && typeof email === "string") theirs.set("email", email.toLowerCase());
  const body = { ...(data as RecordData), ...Object.fromEntries(theirs) };
  setByHooks.set(body, new Set(theirs.keys()));
  return body;
}

const CREDENTIALS = ["password", "passwordHash"];
