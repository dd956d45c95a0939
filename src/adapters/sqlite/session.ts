import {
  DatabaseError,
  type DatabaseFault,
  type Outcome,
  type Result,
  type Statement,
} from "../../core/database/index.ts";
import type { Engine } from "./engine.ts";
import { closedFault, NO_STATEMENT, toFault } from "./faults.ts";
import { createStatementCache } from "./statement-cache.ts";
import { createTransaction } from "./transaction.ts";

/** What `Connection` promises, done at once on the calling thread. Failures throw `DatabaseError`. */
export interface Session {
  run(statement: Statement): Result;
  /** SQLite's `data_version`: it changes when another connection, of any process, has committed. */
  version(): number;
  batch(statements: readonly Statement[]): readonly Result[];
  group(batches: readonly (readonly Statement[])[]): readonly Outcome[];
  alter(statements: readonly Statement[]): readonly Result[];
  close(): void;
}

const CACHED_STATEMENTS = 500;
/** Groups that get savepoints after one in which a batch failed. */
const CAREFUL_GROUPS = 16;
const NO_ROWS: Result["rows"] = Object.freeze([]);

/** Makes the session of an engine whose pragmas are set. The session owns the engine and closes it. */
export function createSession(engine: Engine, readOnly: boolean): Session {
  const cache = createStatementCache(engine, CACHED_STATEMENTS);
  const transaction = createTransaction(engine, readOnly);
  const dataVersion = engine.prepare("PRAGMA data_version");
  let open = true;
  /** Groups that are still to be run with savepoints. */
  let careful = 0;

  function execute(statement: Statement, index: number): Result {
    const result = attempt(index, () => {
      const { prepared, shape } = cache.get(statement.sql);
      if (!shape.returnsRows) {
        const changes = prepared.run(statement.params);
        return { rows: NO_ROWS, changes: shape.writes ? changes : 0, count: changes };
      }
      const rows = prepared.all(statement.params);
      return { rows, changes: shape.writes ? rows.length : 0, count: rows.length };
    });
    if (statement.expect !== undefined && statement.expect !== result.count) {
      const message = `Expected ${statement.expect} rows, got ${result.count}`;
      throw new DatabaseError({ kind: "expectation", message, statement: index });
    }
    return { rows: result.rows, changes: result.changes };
  }

  function attempt<T>(index: number, action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw new DatabaseError(toFault(engine, error, index));
    }
  }

  /** Runs `work` between BEGIN and COMMIT. Whatever it throws undoes everything and is thrown on. */
  function atomically<T>(work: () => T): T {
    attempt(NO_STATEMENT, transaction.begin);
    try {
      const value = work();
      attempt(NO_STATEMENT, transaction.commit);
      return value;
    } catch (error) {
      undo();
      throw error;
    }
  }

  function undo(): void {
    try {
      transaction.rollback();
    } catch {
      // The fault that led here is the one to tell; SQLite rolls back by itself when the file is next opened.
    }
  }

  function batch(statements: readonly Statement[]): readonly Result[] {
    return atomically(() => statements.map(execute));
  }

  /** Runs one batch of a group in a savepoint. Throws only if the transaction of the whole group is lost. */
  function neighbour(statements: readonly Statement[]): Outcome {
    attempt(NO_STATEMENT, transaction.savepoint);
    const outcome = outcomeOf(() => statements.map(execute));
    if (outcome.fault === undefined) {
      attempt(NO_STATEMENT, transaction.release);
      return outcome;
    }
    if (!engine.inTransaction()) throw new DatabaseError({ ...outcome.fault, statement: NO_STATEMENT });
    attempt(NO_STATEMENT, transaction.revert);
    return outcome;
  }

  function group(batches: readonly (readonly Statement[])[]): readonly Outcome[] {
    const [only] = batches;
    if (only === undefined) return [];
    if (batches.length === 1) return [outcomeOf(() => batch(only))];
    try {
      return hopefully(batches) ?? atomically(() => batches.map(neighbour));
    } catch (error) {
      const fault = toFault(engine, error, NO_STATEMENT);
      return batches.map(() => ({ fault }));
    }
  }

  /**
   * Runs a group without savepoints, which nearly every group can do without. If a batch fails, all is undone and null
   * comes back; then savepoints are used at once for some groups, since a failure seldom comes alone.
   */
  function hopefully(batches: readonly (readonly Statement[])[]): readonly Outcome[] | null {
    if (careful > 0) {
      careful -= 1;
      return null;
    }
    try {
      return atomically(() => batches.map((statements) => ({ results: statements.map(execute) })));
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.fault.statement === NO_STATEMENT) throw error;
      careful = CAREFUL_GROUPS;
      return null;
    }
  }

  /** Another text as soon as this connection has changed the schema or a row. */
  function written(): string {
    const sql = `SELECT (SELECT "schema_version" FROM pragma_schema_version) || ' ' || total_changes() AS "written"`;
    return String(execute({ sql, params: [] }, NO_STATEMENT).rows[0]?.written);
  }

  function alter(statements: readonly Statement[]): readonly Result[] {
    attempt(NO_STATEMENT, () => engine.exec("PRAGMA foreign_keys = OFF")); // has no effect inside a transaction
    try {
      return atomically(() => {
        const before = written();
        const results = statements.map(execute);
        // the check reads every row that refers to another: not for tables that are only made sure of, as at each start
        if (written() === before) return results;
        const violations = execute({ sql: "PRAGMA foreign_key_check", params: [] }, NO_STATEMENT).rows;
        if (violations.length > 0) throw new DatabaseError(violationFault(violations));
        return results;
      });
    } finally {
      attempt(NO_STATEMENT, () => engine.exec("PRAGMA foreign_keys = ON"));
      cache.clear();
    }
  }

  function guarded<Args extends unknown[], T>(call: (...args: Args) => T): (...args: Args) => T {
    return (...args) => {
      if (!open) throw new DatabaseError(closedFault());
      return call(...args);
    };
  }

  return {
    run: guarded((statement) => {
      const [result] = statement.expect === undefined ? [execute(statement, 0)] : batch([statement]);
      return result ?? { rows: NO_ROWS, changes: 0 };
    }),
    version: guarded(() => attempt(NO_STATEMENT, () => Number(dataVersion.all([])[0]?.data_version))),
    batch: guarded(batch),
    group: guarded(group),
    alter: guarded(alter),
    close() {
      if (!open) return;
      open = false;
      // Statements left open would keep the file open, and the write-ahead log beside it.
      cache.clear();
      dataVersion.finalize();
      transaction.finalize();
      attempt(NO_STATEMENT, () => engine.close());
    },
  };
}

/** Runs `work` and gives its results, or the fault it threw. */
export function outcomeOf(work: () => readonly Result[]): Outcome {
  try {
    return { results: work() };
  } catch (error) {
    if (error instanceof DatabaseError) return { fault: error.fault };
    throw error;
  }
}

function violationFault(violations: Result["rows"]): DatabaseFault {
  const pairs = new Set(violations.map((row) => `${row.table} to ${row.parent}`));
  const message = `${violations.length} rows refer to rows that do not exist: ${[...pairs].join(", ")}`;
  return { kind: "foreign_key", message, statement: NO_STATEMENT };
}
