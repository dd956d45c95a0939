/** What differs between SQL engines, as far as the compilers need to know. */
export interface Dialect {
  readonly name: "sqlite";
  /** Quotes a name for use as an identifier. The only place where identifiers are quoted. */
  quote(name: string): string;
}

/** SQLite, libSQL and D1. */
export const sqliteDialect: Dialect = Object.freeze({
  name: "sqlite",
  quote: (name: string) => `"${name.replaceAll('"', '""')}"`,
});
