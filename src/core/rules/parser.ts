import type { Operator } from "./condition.ts";
import type { Expression, LiteralNode, OperandNode, SortNode } from "./expression.ts";
import { faultAt } from "./fault.ts";
import { createLexer, type Lexer } from "./lexer.ts";

/** How much one expression may hold. Beyond any of these it is `bad_request`. */
export const LIMITS = Object.freeze({
  /** Characters of text. */
  length: 10_000,
  /** Parentheses, negations and calls within each other. */
  depth: 64,
  comparisons: 256,
  /** Keys of one sort order. */
  sortKeys: 16,
});

const OPERATORS: ReadonlySet<string> = new Set<Operator>(["=", "!=", "<", "<=", ">", ">=", "~", "!~"]);

/**
 * Parses a rule or a filter. Texts stand in single or double quotes, with the escapes `\'`, `\"`, `\\`, `\n` and `\t`;
 * numbers are those of JSON. Throws `bad_request` whose detail names the column and what was expected there.
 */
export function parseExpression(text: string): Expression {
  const parser = createParser(text);
  const expression = parser.disjunction(0);
  parser.end("&&, || or the end");
  return expression;
}

/** Parses one path, literal or call. Throws like `parseExpression`. */
export function parseOperand(text: string): OperandNode {
  const parser = createParser(text);
  const operand = parser.operand(0);
  parser.end("the end");
  return operand;
}

/** Parses `-createdAt,title,-distance(position,48.8,2.3)`. Keys are paths and calls. Throws like `parseExpression`. */
export function parseSort(text: string): readonly SortNode[] {
  const { lexer, operand, end, takes } = createParser(text);
  const keys: SortNode[] = [];
  do {
    if (keys.length === LIMITS.sortKeys) throw faultAt(lexer.at, `at most ${LIMITS.sortKeys} sort keys are allowed`);
    const descending = takes("-");
    if (!descending) takes("+");
    if (lexer.kind !== "name") throw faultAt(lexer.at, `expected a field or a function, found ${lexer.describe()}`);
    keys.push({ operand: operand(0), descending });
  } while (takes(","));
  end("a comma or the end");
  return keys;
}

interface Parser {
  readonly lexer: Lexer;
  disjunction(depth: number): Expression;
  operand(depth: number): OperandNode;
  /** Consumes the symbol if it is next. */
  takes(symbol: string): boolean;
  /** Throws unless everything was read. */
  end(expected: string): void;
}

function createParser(text: string): Parser {
  if (text.length > LIMITS.length) {
    throw faultAt(LIMITS.length, `an expression has at most ${LIMITS.length} characters`);
  }
  const lexer = createLexer(text);
  let comparisons = 0;
  return { lexer, disjunction, operand, takes, end };

  function disjunction(depth: number): Expression {
    return chain("||", "any", conjunction, depth);
  }

  function conjunction(depth: number): Expression {
    return chain("&&", "all", negation, depth);
  }

  function chain(symbol: string, kind: "all" | "any", part: (depth: number) => Expression, depth: number): Expression {
    const at = lexer.at;
    const first = part(depth);
    if (!takes(symbol)) return first;
    const parts = [first, part(depth)];
    while (takes(symbol)) parts.push(part(depth));
    return { kind, parts, at };
  }

  function negation(depth: number): Expression {
    if (lexer.kind !== "symbol") return comparison(depth);
    const at = lexer.at;
    if (takes("!")) return { kind: "not", part: negation(deeper(depth, at)), at };
    if (!takes("(")) return comparison(depth);
    const inner = disjunction(deeper(depth, at));
    expect(")", "&&, || or )");
    return inner;
  }

  function comparison(depth: number): Expression {
    const at = lexer.at;
    if (++comparisons > LIMITS.comparisons) {
      throw faultAt(at, `an expression has at most ${LIMITS.comparisons} comparisons`);
    }
    const left = operand(depth);
    if (lexer.kind === "name" && lexer.value === "in") {
      lexer.advance();
      return { kind: "comparison", left, op: "in", right: list(), at };
    }
    const op = lexer.value;
    if (lexer.kind !== "symbol" || !isOperator(op)) {
      throw faultAt(lexer.at, `expected an operator (=, !=, <, <=, >, >=, ~, !~, in), found ${lexer.describe()}`);
    }
    lexer.advance();
    return { kind: "comparison", left, op, right: operand(depth), at };
  }

  function operand(depth: number): OperandNode {
    const at = lexer.at;
    if (lexer.kind === "name") return named(depth, at);
    if (lexer.kind === "at") return variable(at);
    return literal("a field, a value or a function");
  }

  function named(depth: number, at: number): OperandNode {
    const name = lexer.value;
    if (isWord(name)) return literal("a value");
    lexer.advance();
    if (lexer.kind !== "symbol" || lexer.value !== "(") return { kind: "path", text: name, at };
    lexer.advance();
    const args: OperandNode[] = [];
    if (!takes(")")) {
      do args.push(operand(deeper(depth, at)));
      while (takes(","));
      expect(")", "a comma or )");
    }
    return { kind: "call", name, args, at };
  }

  function variable(at: number): OperandNode {
    const name = lexer.value;
    lexer.advance();
    if (name === "now") return { kind: "now", at };
    if (name.startsWith("user.")) return { kind: "user", text: name.slice(5), at };
    if (name.startsWith("old.")) return { kind: "old", text: name.slice(4), at };
    throw faultAt(at, `expected @user.field, @old.field or @now, found @${name}`);
  }

  function list(): OperandNode {
    const at = lexer.at;
    expect("(", "(");
    const values: LiteralNode[] = [];
    do values.push(literal("a value"));
    while (takes(","));
    expect(")", "a comma or )");
    return { kind: "list", values, at };
  }

  function literal(expected: string): LiteralNode {
    const { at, kind } = lexer;
    let value: LiteralNode["value"];
    if (kind === "text") value = lexer.value;
    else if (kind === "number") value = lexer.number;
    else if (kind === "name" && isWord(lexer.value)) value = WORDS[lexer.value];
    else throw faultAt(at, `expected ${expected}, found ${lexer.describe()}`);
    lexer.advance();
    return { kind: "literal", value, at };
  }

  function takes(symbol: string): boolean {
    if (lexer.kind !== "symbol" || lexer.value !== symbol) return false;
    lexer.advance();
    return true;
  }

  function expect(symbol: string, expected: string): void {
    if (!takes(symbol)) throw faultAt(lexer.at, `expected ${expected}, found ${lexer.describe()}`);
  }

  function end(expected: string): void {
    if (lexer.kind !== "end") throw faultAt(lexer.at, `expected ${expected}, found ${lexer.describe()}`);
  }

  function deeper(depth: number, at: number): number {
    if (depth === LIMITS.depth) throw faultAt(at, `an expression is nested at most ${LIMITS.depth} deep`);
    return depth + 1;
  }
}

const WORDS = Object.freeze({ true: true, false: false, null: null });

function isWord(name: string): name is keyof typeof WORDS {
  return name === "true" || name === "false" || name === "null";
}

function isOperator(symbol: string): symbol is Operator {
  return OPERATORS.has(symbol);
}
