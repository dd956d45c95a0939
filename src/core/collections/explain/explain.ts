import { BakendError } from "../../errors.ts";
import { ANONYMOUS, type Principal } from "../../principal.ts";
import { ALWAYS } from "../../rules/index.ts";
import { readAccount } from "../account.ts";
import type { Collection } from "../collection.ts";
import type { Engine } from "../engine.ts";
import type { StoredRecord } from "../record.ts";
import { permissionText } from "../rule-text.ts";
import { readStatement } from "../writing/index.ts";
import { askDoor } from "./door.ts";
import type { Explanation, Question, Who } from "./question.ts";
import { reasonOf } from "./reason.ts";
import { partsOf } from "./rule-parts.ts";

/**
 * Asks the doors themselves what they would answer to somebody (null for a guest), and tells the parts of the rule. Writes
 * are rehearsed and taken back.
 * @throws BakendError `not_found` for a collection, or a record, that does not exist; `bad_request` for a question with a
 * part missing, or about nobody
 */
export async function explainAccess(engine: Engine, who: Who | null, question: Question): Promise<Explanation> {
  const { action, record: id, data } = question;
  const caller = { principal: await principalOf(engine, who), now: engine.timestamp() };
  const collection = engine.catalog().get(question.collection);
  if (!collection) throw new BakendError("not_found", `There is no collection ${question.collection}.`);
  // 1. the row that is asked about
  if (id === undefined && action !== "list" && action !== "create")
    throw new BakendError("bad_request", `Name the record to ${action}.`);
  if (action === "create" && data === undefined) throw new BakendError("bad_request", "Give the data to create.");
  const old = id === undefined || action === "create" ? null : await stored(engine, collection, id);
  // 2. what the door says
  const door = await askDoor(engine, caller, collection, question);
  // 3. the rule on the row before, and on the row after
  const before = action === "create" ? null : await partsOf(engine, caller, collection, action, old, null);
  const writes = action === "create" || action === "update";
  const after = writes && door.plan ? await partsOf(engine, caller, collection, action, old, door) : null;
  const parts = before ?? after ?? (await partsOf(engine, caller, collection, action, null, null));
  const rule = permissionText(collection, action);
  return {
    verdict: door.code === null ? "allow" : "deny",
    code: door.code,
    rule,
    reason: reasonOf(caller, rule, after && after !== parts ? [parts, after] : [parts], door),
    ...parts.shown,
    ...(action === "update" ? { before: before?.shown ?? null, after: after?.shown ?? null } : {}),
    ...(door.count === undefined ? {} : { count: door.count }),
  };
}

async function principalOf(engine: Engine, who: Who | null): Promise<Principal> {
  if (who === null) return ANONYMOUS;
  const { user: id, collection: name } = who;
  const collection = engine.catalog().get(name);
  if (collection?.kind !== "auth")
    throw new BakendError("bad_request", `as.collection: ${name.slice(0, 64)} holds no accounts.`);
  const found = await readAccount(engine.db, engine.catalog(), collection, id);
  if (!found) throw new BakendError("bad_request", `as.user: there is no account ${id.slice(0, 64)} in ${name}.`);
  const { role, record, related } = found;
  return { kind: "user", id, role, collection: name, session: "", record, ...(related ? { related } : {}) };
}

async function stored(engine: Engine, collection: Collection, id: string): Promise<StoredRecord> {
  const { rows } = await engine.db.read(readStatement(collection, id, ALWAYS));
  if (!rows[0]) throw new BakendError("not_found", `There is no record ${id.slice(0, 64)} in ${collection.name}.`);
  return collection.stored.decode(rows[0]);
}
