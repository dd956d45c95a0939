export { createConnection } from "./connection.ts";
export { createSqliteDriver, type SqliteOptions, type SqlitePlatform } from "./driver.ts";
export type { Engine, EngineStatement, OpenEngine } from "./engine.ts";
export { openSession, type SessionOptions } from "./open-session.ts";
export { type ServerPort, serveSqlite } from "./serve.ts";
export { openThreadedConnection } from "./threaded-connection.ts";
