/**
 * Reads as much of a TypeScript file as the layout check needs, without a parser: what it imports, and its code with
 * comments and the contents of texts blanked out (same length, same lines).
 */
export function scan(source) {
  const { code, blank } = strip(source);
  return { imports: findImports(code, blank), exportsAll: /\bexport\s*\*/.test(blank), code: blank };
}

/** Specifiers with the position of their quote found in `blank`, where only real code is left; read from `code`. */
function findImports(code, blank) {
  const imports = [];
  const patterns = [/\bfrom\s*(?=["'])/g, /\bimport\s*(?=["'])/g, /\bimport\s*\(\s*(?=["'])/g];
  for (const pattern of patterns) {
    for (const match of blank.matchAll(pattern)) {
      const start = match.index + match[0].length;
      const end = code.indexOf(code[start], start + 1);
      imports.push({ specifier: code.slice(start + 1, end), line: lineOf(code, start) });
    }
  }
  return imports;
}

/** The line, from 1, that a position lies on. */
export function lineOf(text, position) {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < position; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}

/** `code`: without comments. `blank`: without comments and without the contents of texts and regular expressions. */
function strip(source) {
  let code = "";
  let blank = "";
  let at = 0;
  const take = (end, keep, keepEnds) => {
    const text = source.slice(at, end);
    const spaces = text.replace(/[^\n]/g, " ");
    code += keep ? text : spaces;
    blank += keepEnds ? text[0] + spaces.slice(1, -1) + text.at(-1) : spaces;
    at = end;
  };
  const plain = (end) => {
    code += source.slice(at, end);
    blank += source.slice(at, end);
    at = end;
  };
  // Inside `${ }` of a template the braces are counted, so that its end is known.
  const templates = [];
  while (at < source.length) {
    const char = source[at];
    const next = source[at + 1];
    if (char === "/" && next === "/") take(orEnd(source, source.indexOf("\n", at)), false, false);
    else if (char === "/" && next === "*") take(orEnd(source, source.indexOf("*/", at + 2), 2), false, false);
    else if (char === '"' || char === "'") take(endOfText(source, at), true, true);
    else if (char === "`") take(endOfTemplatePart(source, at, templates), true, true);
    else if (char === "}" && templates.at(-1) === 0) {
      templates.pop();
      take(endOfTemplatePart(source, at, templates), true, true);
    } else if (char === "/" && startsRegex(code)) take(endOfRegex(source, at), true, true);
    else {
      if (templates.length > 0 && char === "{") templates[templates.length - 1] += 1;
      if (templates.length > 0 && char === "}") templates[templates.length - 1] -= 1;
      plain(at + 1);
    }
  }
  return { code, blank };
}

const orEnd = (source, index, extra = 0) => (index === -1 ? source.length : index + extra);

function endOfText(source, start) {
  for (let at = start + 1; at < source.length; at += 1) {
    if (source[at] === "\\") at += 1;
    else if (source[at] === source[start]) return at + 1;
    else if (source[at] === "\n") return at;
  }
  return source.length;
}

/** From a backtick or the `}` of a substitution to the closing backtick or the next `${`. */
function endOfTemplatePart(source, start, templates) {
  for (let at = start + 1; at < source.length; at += 1) {
    if (source[at] === "\\") at += 1;
    else if (source[at] === "`") return at + 1;
    else if (source[at] === "$" && source[at + 1] === "{") {
      templates.push(0);
      return at + 2;
    }
  }
  return source.length;
}

function endOfRegex(source, start) {
  let inClass = false;
  for (let at = start + 1; at < source.length; at += 1) {
    if (source[at] === "\\") at += 1;
    else if (source[at] === "[") inClass = true;
    else if (source[at] === "]") inClass = false;
    else if (source[at] === "/" && !inClass) return at + 1;
    else if (source[at] === "\n") return start + 1;
  }
  return source.length;
}

/** A slash after an operator, an opening bracket or `return` begins a regular expression; else it divides. */
function startsRegex(before) {
  const text = before.trimEnd();
  return text === "" || /[(,=:[!&|?{};+\-*%<>~^]$/.test(text) || /\b(return|typeof|case|in|of)$/.test(text);
}
