export { addColumn } from "./add-column.ts";
export {
  type Connection,
  DatabaseError,
  type DatabaseFault,
  type FaultKind,
  isMissed,
  type Outcome,
  type Result,
  type Row,
  type SqlValue,
  type Statement,
} from "./connection.ts";
export type { Database, DatabaseConnections, DatabaseDriver, Durability } from "./database.ts";
export { type Dialect, sqliteDialect } from "./dialect.ts";
export { openDatabase } from "./open.ts";
