/**
 * A program for the tests: writes rows to a database and says so after each answer. Never closes it.
 * Arguments: the file, a label for the rows, how many rows (0: until killed).
 */
import { openDatabase } from "../../src/core/database/index.ts";
import { sqliteOnThisRuntime } from "./connection-platform.ts";

const [path = "", label = "", count = "0"] = process.argv.slice(2);
const { sqlite } = await sqliteOnThisRuntime();
const database = await openDatabase(sqlite(path));
const last = Number(count) || Number.POSITIVE_INFINITY;
for (let n = 1; n <= last; n += 1) {
  await database.write([{ sql: "INSERT INTO rows (label, n) VALUES (?, ?)", params: [label, n] }]);
  process.stdout.write(`${n}\n`);
}
