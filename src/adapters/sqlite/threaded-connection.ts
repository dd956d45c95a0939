import {
  type Connection,
  DatabaseError,
  type DatabaseFault,
  type Outcome,
  type Result,
  type Statement,
  sqliteDialect,
} from "../../core/database/index.ts";
import type { Thread } from "../thread.ts";
import { closedFault, NO_STATEMENT } from "./faults.ts";
import type { SessionOptions } from "./open-session.ts";
import { createWireEncoder, parseAnswer, type WireRequest } from "./wire.ts";

interface Waiting {
  readonly resolve: (outcomes: readonly Outcome[]) => void;
  readonly reject: (error: DatabaseError) => void;
}

/**
 * Opens a SQLite connection that lives in `thread`, which must be running `serveSqlite`. Calls are sent at once and
 * answered in order; an answered write is committed. The thread keeps the process alive only while calls wait.
 * If it dies, calls that wait and later ones reject with kind `closed`.
 */
export async function openThreadedConnection(
  thread: Thread,
  path: string,
  options: SessionOptions,
): Promise<Connection> {
  const encoder = createWireEncoder();
  const waiting: Waiting[] = [];
  let fault: DatabaseFault | undefined;
  let ended = (): void => {};
  const end = new Promise<void>((resolve) => {
    ended = resolve;
  });
  let closing: Promise<void> | undefined;

  thread.onMessage((message) => {
    waiting.shift()?.resolve(parseAnswer(message));
    if (waiting.length === 0 && closing === undefined) thread.hold(false);
  });
  thread.onEnd((error) => {
    fault ??= threadFault(error);
    for (const { reject } of waiting.splice(0)) reject(new DatabaseError(fault));
    ended();
  });

  function ask(request: WireRequest): Promise<readonly Outcome[]> {
    return new Promise((resolve, reject) => {
      if (fault !== undefined) return reject(new DatabaseError(fault));
      const message = serialize(request);
      if (waiting.length === 0) thread.hold(true);
      waiting.push({ resolve, reject });
      thread.post(message);
    });
  }

  function serialize(request: WireRequest): string {
    try {
      return JSON.stringify(request);
    } catch (error) {
      // A value that JSON cannot hold: the texts that were numbered for this request will not arrive.
      encoder.forget();
      throw new DatabaseError({ kind: "other", message: String(error), statement: NO_STATEMENT });
    }
  }

  async function askForOne(call: "run" | "batch" | "alter", statements: readonly Statement[]) {
    return resultsOf(await ask({ call, ...encoder.encode([statements]) }));
  }

  async function finish(): Promise<void> {
    const answered = ask({ call: "close" });
    fault ??= closedFault();
    try {
      resultsOf(await answered);
    } finally {
      await end;
    }
  }

  try {
    resultsOf(await ask({ call: "open", path, options }));
  } catch (error) {
    await thread.kill();
    throw error;
  }

  return {
    dialect: sqliteDialect,
    run: async (statement) => {
      const [result] = await askForOne("run", [statement]);
      return result ?? { rows: [], changes: 0 };
    },
    batch: (statements) => askForOne("batch", statements),
    group: (batches) => ask({ call: "group", ...encoder.encode(batches) }),
    alter: (statements) => askForOne("alter", statements),
    close: () => {
      if (closing === undefined) closing = fault === undefined ? finish() : Promise.resolve();
      return closing;
    },
  };
}

/** The results of the one batch that was asked for. Throws its fault. */
function resultsOf(outcomes: readonly Outcome[]): readonly Result[] {
  const [outcome] = outcomes;
  if (outcome?.results !== undefined) return outcome.results;
  throw new DatabaseError(outcome?.fault ?? threadFault(undefined));
}

function threadFault(error: Error | undefined): DatabaseFault {
  const reason = error === undefined ? "" : `: ${error.message}`;
  return { kind: "closed", message: `The database thread has ended${reason}`, statement: NO_STATEMENT };
}
