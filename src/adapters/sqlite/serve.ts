import { DatabaseError, type Outcome } from "../../core/database/index.ts";
import type { OpenEngine } from "./engine.ts";
import { closedFault, NO_STATEMENT } from "./faults.ts";
import { openSession } from "./open-session.ts";
import { outcomeOf, type Session } from "./session.ts";
import { createWireDecoder, formatAnswer, type WireRequest } from "./wire.ts";

/** The thread's end of the line to the one that started it; `parentPort` of `node:worker_threads` is one. */
export interface ServerPort {
  on(event: "message", listener: (message: string) => void): unknown;
  postMessage(message: string): void;
  close(): void;
}

/** Serves one SQLite connection over a port, until it is told to close. See `wire.ts` for the messages. */
export function serveSqlite(port: ServerPort, openEngine: OpenEngine): void {
  const decoder = createWireDecoder();
  let session: Session | undefined;

  function answer(request: WireRequest): readonly Outcome[] {
    if (request.call === "open") {
      const { path, options } = request;
      return [
        outcomeOf(() => {
          session = openSession(openEngine, path, options);
          return [];
        }),
      ];
    }
    const current = session;
    if (request.call === "close") {
      return [
        outcomeOf(() => {
          current?.close();
          return [];
        }),
      ];
    }
    const batches = decoder.decode(request.batches, request.texts);
    if (current === undefined) return batches.map(() => ({ fault: closedFault() }));
    if (request.call === "group") return current.group(batches);
    const [statements = []] = batches;
    const { call } = request;
    return [outcomeOf(() => (call === "run" ? statements.map(current.run) : current[call](statements)))];
  }

  port.on("message", (message) => {
    const request: WireRequest = JSON.parse(message);
    port.postMessage(formatAnswer(answerOrFault(() => answer(request))));
    if (request.call === "close") port.close();
  });
}

/** An error that is not the database's is answered all the same, or its caller would wait for ever. */
function answerOrFault(work: () => readonly Outcome[]): readonly Outcome[] {
  try {
    return work();
  } catch (error) {
    if (error instanceof DatabaseError) return [{ fault: error.fault }];
    return [{ fault: { kind: "other", message: String(error), statement: NO_STATEMENT } }];
  }
}
