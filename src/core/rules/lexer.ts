import { faultAt } from "./fault.ts";

/** What a token is. `at` is `@` and a path; `symbol` covers operators and punctuation. */
export type TokenKind = "name" | "at" | "text" | "number" | "symbol" | "end";

/** Reads one token after the other. The fields describe the current token; `advance` replaces them. */
export interface Lexer {
  readonly kind: TokenKind;
  /** Offset of the token's first character. */
  readonly at: number;
  /** A name's path (dots included), an `at`'s without the `@`, a text's content, a symbol. Empty for a number or the end. */
  readonly value: string;
  /** A number's value. */
  readonly number: number;
  /** Throws `bad_request` where no token can be read. */
  advance(): void;
  /** The current token for a message. */
  describe(): string;
}

const SYMBOLS = ["!=", "!~", "<=", ">=", "&&", "||", "=", "<", ">", "~", "!", "(", ")", ",", "-", "+"] as const;

const BACKSLASH = 92;
const ESCAPES: Readonly<Record<string, string>> = { "'": "'", '"': '"', "\\": "\\", n: "\n", t: "\t" };

const isDigit = (code: number) => code >= 48 && code <= 57;
const startsName = (code: number) => (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
const isSpace = (code: number) => code === 32 || code === 9 || code === 10 || code === 13;

/** A lexer at the first token of `text`. Texts come out well-formed (a lone surrogate becomes U+FFFD). */
export function createLexer(text: string): Lexer {
  let position = 0;
  const token = { kind: "end" as TokenKind, at: 0, value: "", number: 0, advance, describe };
  advance();
  return token;

  function advance(): void {
    while (isSpace(text.charCodeAt(position))) position++;
    token.at = position;
    token.value = "";
    token.kind = read();
  }

  function read(): TokenKind {
    if (position >= text.length) return "end";
    const code = text.charCodeAt(position);
    if (startsName(code)) {
      token.value = path();
      return "name";
    }
    if (code === 39 || code === 34) {
      token.value = quoted(code);
      return "text";
    }
    if (isDigit(code) || (code === 45 && isDigit(text.charCodeAt(position + 1)))) {
      token.number = number();
      return "number";
    }
    if (code === 64) {
      position++;
      token.value = path();
      return "at";
    }
    token.value = symbol();
    return "symbol";
  }

  function symbol(): string {
    for (const candidate of SYMBOLS) {
      if (!text.startsWith(candidate, position)) continue;
      position += candidate.length;
      return candidate;
    }
    const found = String.fromCodePoint(text.codePointAt(position) ?? 0);
    if (found === "&" || found === "|") throw faultAt(position, `expected ${found}${found}, found ${found}`);
    throw faultAt(position, `unexpected character ${JSON.stringify(found)}`);
  }

  function path(): string {
    const start = position;
    for (;;) {
      if (!startsName(text.charCodeAt(position))) throw faultAt(position, "expected a name");
      while (startsName(text.charCodeAt(position)) || isDigit(text.charCodeAt(position))) position++;
      if (text.charCodeAt(position) !== 46) return text.slice(start, position);
      position++;
    }
  }

  function number(): number {
    const start = position;
    if (text.charCodeAt(position) === 45) position++;
    if (text.charCodeAt(position) === 48) position++;
    else digits();
    if (isDigit(text.charCodeAt(position))) throw faultAt(position, "a number does not begin with 0");
    if (text.charCodeAt(position) === 46) {
      position++;
      digits();
    }
    if ((text.charCodeAt(position) | 32) === 101) {
      position++;
      const sign = text.charCodeAt(position);
      if (sign === 43 || sign === 45) position++;
      digits();
    }
    const value = Number(text.slice(start, position));
    if (!Number.isFinite(value)) throw faultAt(start, "the number is too large");
    return value === 0 ? 0 : value; // no negative zero
  }

  function digits(): void {
    if (!isDigit(text.charCodeAt(position))) throw faultAt(position, "expected a digit");
    while (isDigit(text.charCodeAt(position))) position++;
  }

  function quoted(quote: number): string {
    const opening = position++;
    let value = "";
    let start = position;
    for (; position < text.length; position++) {
      const code = text.charCodeAt(position);
      if (code === 0) throw faultAt(position, "a text cannot contain the character U+0000");
      if (code === quote) {
        value += text.slice(start, position++);
        return value.toWellFormed();
      }
      if (code !== BACKSLASH) continue;
      const escaped = ESCAPES[text.charAt(position + 1)];
      if (escaped === undefined) throw faultAt(position, "unknown escape; write \\\\ for a backslash");
      value += text.slice(start, position) + escaped;
      start = ++position + 1;
    }
    throw faultAt(opening, "this text is not closed");
  }

  function describe(): string {
    switch (token.kind) {
      case "end":
        return "the end";
      case "number":
        return `the number ${token.number}`;
      case "text":
        return `the text ${JSON.stringify(token.value.length > 20 ? `${token.value.slice(0, 20)}...` : token.value)}`;
      case "at":
        return `@${token.value}`;
      default:
        return token.value;
    }
  }
}
