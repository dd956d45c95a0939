/** What can be told of a statement from its text. */
export interface StatementShape {
  /** It is a query, or has a RETURNING clause. */
  readonly returnsRows: boolean;
  /** It inserts, updates or deletes. */
  readonly writes: boolean;
}

const QUERIES = new Set(["SELECT", "VALUES", "PRAGMA", "EXPLAIN"]);
const WRITES = new Set(["INSERT", "REPLACE", "UPDATE", "DELETE"]);
const QUOTED_OR_COMMENT = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\//g;

/**
 * Reads the shape of one SQL statement. Its verb is the first word or, after WITH, the first verb outside parentheses.
 * Neither library says both things about a prepared statement, and SQLite's own counter of changes keeps the value
 * of the last write through every read.
 */
export function statementShape(sql: string): StatementShape {
  const words = outerWords(sql);
  const verb = words[0] === "WITH" ? words.find((word) => QUERIES.has(word) || WRITES.has(word)) : words[0];
  const writes = verb !== undefined && WRITES.has(verb);
  return {
    writes,
    returnsRows: writes ? words.includes("RETURNING") : verb !== undefined && QUERIES.has(verb),
  };
}

/** The bare words outside parentheses, in upper case. */
function outerWords(sql: string): string[] {
  const words: string[] = [];
  let depth = 0;
  for (const [token] of sql.replace(QUOTED_OR_COMMENT, " ? ").matchAll(/[()]|[A-Za-z_]\w*/g)) {
    if (token === "(") depth += 1;
    else if (token === ")") depth -= 1;
    else if (depth === 0) words.push(token.toUpperCase());
  }
  return words;
}
