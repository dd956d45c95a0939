import type { Row, SqlValue } from "../../core/database/index.ts";

/** A prepared statement. It belongs to its engine and is used by position only. */
export interface EngineStatement {
  /** Runs it to the end and returns its rows, as plain objects. */
  all(params: readonly SqlValue[]): Row[];
  /** Runs it to the end and returns SQLite's count of changed rows (foreign-key actions and triggers not counted). */
  run(params: readonly SqlValue[]): number;
  /** Releases it; it is not used again. */
  finalize(): void;
}

/** The little that a SQLite library must offer: a synchronous handle on one open database. Failures throw. */
export interface Engine {
  prepare(sql: string): EngineStatement;
  /** Runs SQL text that takes no values and whose rows do not matter. */
  exec(sql: string): void;
  inTransaction(): boolean;
  close(): void;
  /** SQLite's extended result code behind an error that this engine threw, if SQLite threw it. */
  resultCode(error: unknown): number | undefined;
}

/** Opens the file at `path`, made if missing (its folder must exist), or a private database for `:memory:`. */
export type OpenEngine = (path: string) => Engine;
