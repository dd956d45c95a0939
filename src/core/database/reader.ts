import { createLru } from "../../tools/index.ts";
import type { Result, Statement } from "./connection.ts";
import type { DatabaseConnections } from "./database.ts";

/** Milliseconds that a read may hold up the calling thread before it is sent elsewhere. */
const PATIENCE = 4;

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

  return (statement) => {
    const left = banished.get(statement.sql);
    if (left !== undefined) {
      if (left > 1) banished.set(statement.sql, left - 1);
      else banished.delete(statement.sql);
      return slow.run(statement);
    }
    const started = stopwatch();
    const result = runNow(statement);
    if (stopwatch() - started > PATIENCE) banished.set(statement.sql, BANISHED);
    return result;
  };
}
