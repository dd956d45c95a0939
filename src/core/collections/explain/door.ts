import { ERROR_CODES, type ErrorCode } from "../../../protocol/index.ts";
import { BakendError } from "../../errors.ts";
import type { Caller } from "../access.ts";
import type { Collection } from "../collection.ts";
import { prepareAccount } from "../credentials.ts";
import type { Engine } from "../engine.ts";
import { countRecords, selectRows, viewRecord } from "../reading/index.ts";
import type { StoredRecord } from "../record.ts";
import { holdNow, openWatch } from "../watching/index.ts";
import {
  createPlan,
  planCreate,
  planRemove,
  planUpdate,
  readStatement,
  rehearse,
  type WritePlan,
} from "../writing/index.ts";
import type { Question } from "./question.ts";

/** What a door answered. */
export interface Door {
  /** Null where it was opened. */
  readonly code: ErrorCode | null;
  readonly detail: string;
  readonly count?: number;
  /** The write as planned; absent where the door refused to plan it. */
  readonly plan?: WritePlan;
  readonly written?: StoredRecord;
}

/** Asks the door that somebody would use. Writes are rehearsed and taken back. */
export async function askDoor(
  engine: Engine,
  caller: Caller,
  collection: Collection,
  { action, record, data = {} }: Question,
): Promise<Door> {
  const id = record ?? "";
  const plan = createPlan();
  let written: StoredRecord | undefined;
  const planned = (): Pick<Door, "plan" | "written"> => (written ? { plan, written } : {});
  try {
    switch (action) {
      case "list": {
        if (record === undefined)
          return { code: null, detail: "", count: await countRecords(engine, collection, caller, {}) };
        const { where } = selectRows(engine.catalog(), collection, caller, {});
        const { rows } = await engine.db.read(readStatement(collection, id, where));
        if (rows.length > 0) break;
        return { code: "not_found", detail: "The list leaves this record out." };
      }
      case "view":
        await viewRecord(engine, collection, caller, id, {});
        break;
      case "join":
      case "send": {
        const watch = openWatch(engine, caller.principal, { collection: collection.name, record: id, action });
        const [holds] = await holdNow(engine, [watch]);
        if (holds) break;
        return action === "join"
          ? { code: "not_found", detail: "The rule hides this room." }
          : { code: "forbidden", detail: "The rule lets nothing be sent into this room." };
      }
      case "delete":
        await planRemove(engine, plan, collection, caller, id);
        await rehearse(engine, plan);
        break;
      case "create":
      case "update": {
        const body = collection.kind === "auth" ? await prepareAccount(data, caller, engine.hashPassword) : data;
        written =
          action === "create"
            ? planCreate(engine, plan, collection, caller, body)
            : await planUpdate(engine, plan, collection, caller, id, body, { mode: "merge" });
        await rehearse(engine, plan);
      }
    }
    return { code: null, detail: "", ...planned() };
  } catch (error) {
    if (!(error instanceof BakendError) || ERROR_CODES[error.code].status >= 500) throw error;
    return { code: error.code, detail: error.message, ...planned() };
  }
}
