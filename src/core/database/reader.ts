import { createLru } from "../../tools/index.ts";
import type { Result, Statement } from "./connection.ts";
import type { DatabaseConnections } from "./database.ts";

/** Milliseconds that a read may hold up the calling thread before it is sent elsewhere. */
const PATIENCE = 4;

/** Milliseconds that leave no doubt. In fewer, a busy machine may just have given the processor to somebody else. */
const SURELY_SLOW = 40;

/** A statement that was slow once is so for sure if it is again within so many runs. */
const SUSPECTED = 8;

/** How many times a slow statement is sent elsewhere before it is tried on the calling thread again. */
const BANISHED = 200;

/** Texts of slow statements that are remembered. */
const REMEMBERED = 500;

/**
 * Reads on the calling thread, which is fastest for short reads, and learns by measuring which statements are not: those
 * go to the `slow` connection, where they hold up nobody.
 */
export function createReader(
  { read, slow }: Pick<DatabaseConnections, "read" | "slow">,
  stopwatch: () => number,
): (statement: Statement) => Result | Promise<Result> {
  const { runNow } = read;
  if (runNow === undefined) return (statement) => read.run(statement);
  if (read === slow) return runNow;
  const banished = createLru<string, number>(REMEMBERED);
  /** Runs in which a statement that was slow must not be slow again. */
  const suspects = createLru<string, number>(REMEMBERED);

  const judge = (sql: string, elapsed: number): void => {
    const left = suspects.size === 0 ? undefined : suspects.get(sql);
    if (elapsed > SURELY_SLOW || (elapsed > PATIENCE && left !== undefined)) {
      suspects.delete(sql);
      banished.set(sql, BANISHED);
    } else if (elapsed > PATIENCE) suspects.set(sql, SUSPECTED);
    else if (left !== undefined && left > 1) suspects.set(sql, left - 1);
    else if (left !== undefined) suspects.delete(sql);
  };

  return (statement) => {
    const left = banished.get(statement.sql);
    if (left !== undefined) {
      if (left > 1) banished.set(statement.sql, left - 1);
      else banished.delete(statement.sql);
      return slow.run(statement);
    }
    const started = stopwatch();
    const result = runNow(statement);
    judge(statement.sql, stopwatch() - started);
    return result;
  };
}
