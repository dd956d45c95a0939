import { BakendError } from "../../errors.ts";
import type { Caller } from "../access.ts";
import type { Engine } from "../engine.ts";
import { FILES, fileStatement, readFile, type StoredFile } from "../files/index.ts";
import { add, type WritePlan } from "./plan.ts";
import { planGoing } from "./remove.ts";

/**
 * Plans the deletion of a file's row. Records lose it from their fields, and are told of like any other change; one that must
 * have it keeps it.
 * @throws BakendError `not_found` for what is not there or may not be read, `unauthenticated` or `forbidden` for what may not be deleted
 */
export async function planFileRemoval(
  engine: Engine,
  plan: WritePlan,
  caller: Caller,
  id: string,
): Promise<StoredFile> {
  const file = await readFile(engine, caller, id, "delete");
  if (!file) throw await refusal(engine, caller, id);
  const record = { id, createdAt: file.createdAt, updatedAt: file.createdAt, version: 1 };
  const meaning = { collection: FILES, record, action: "delete", onMiss: "stale", path: "" } as const;
  add(plan, [{ ...fileStatement(engine, caller, id, "delete"), expect: 1 }], meaning);
  planGoing(engine, plan, caller, meaning);
  return file;
}

async function refusal(engine: Engine, caller: Caller, id: string): Promise<BakendError> {
  const isSeen = await readFile(engine, caller, id, "view");
  if (!isSeen) return noSuchFile(id);
  if (caller.principal.kind === "anonymous") return new BakendError("unauthenticated", "Sign in to delete files.");
  return new BakendError("forbidden", "Only its owner, or an admin, may delete this file.");
}

/** The same answer for what is not there and what the caller may not know of. */
export function noSuchFile(id: string): BakendError {
  return new BakendError("not_found", `There is no file ${id.slice(0, 64).toWellFormed()}.`);
}
