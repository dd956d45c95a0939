/** A `content-disposition` header: of a part of a form (RFC 7578), or of an answer (RFC 6266). */
export interface Disposition {
  /** `form-data`, `attachment`, `inline`. */
  readonly kind: string;
  readonly name: string | undefined;
  readonly filename: string | undefined;
}

const KIND = /^\s*([\w-]+)\s*(?=;|$)/;
const PARAMETER = /\s*;\s*([\w-]+\*?)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/y;

/**
 * Reads a header as it was sent; null for what is none. A name in the extended form (`filename*=UTF-8''...`, RFC 8187) goes
 * before the plain one. Browsers write a quotation mark as `%22` and others as `\"`; backslashes that stand before anything
 * else are part of the name.
 */
export function readDisposition(header: string): Disposition | null {
  const [start, kind] = KIND.exec(header) ?? [];
  if (start === undefined || kind === undefined) return null;
  const found = new Map<string, string>();
  PARAMETER.lastIndex = start.length;
  let end = start.length;
  for (let match = PARAMETER.exec(header); match; match = PARAMETER.exec(header)) {
    const [, key = "", quoted, plain] = match;
    end = PARAMETER.lastIndex;
    const value = quoted === undefined ? (plain ?? "") : unquoted(quoted);
    if (found.has(key.toLowerCase())) return null;
    found.set(key.toLowerCase(), value);
  }
  if (header.slice(end).replaceAll(";", "").trim() !== "") return null;
  return { kind: kind.toLowerCase(), name: parameter(found, "name"), filename: parameter(found, "filename") };
}

function parameter(found: ReadonlyMap<string, string>, name: string): string | undefined {
  const extended = found.get(`${name}*`);
  return (extended === undefined ? undefined : decoded(extended)) ?? found.get(name);
}

function unquoted(text: string): string {
  return text
    .replace(/\\(["\\])/g, "$1")
    .replace(/%(22|0D|0A)/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** The value of the extended form (RFC 8187); undefined if it is none in UTF-8. */
function decoded(value: string): string | undefined {
  const [, text] = /^utf-8'[^']*'(.*)$/i.exec(value) ?? [];
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * The header of an answer: the name in ASCII for old clients, and as it is (RFC 6266, appendix D) where that differs.
 */
export function writeDisposition(kind: "inline" | "attachment", filename: string): string {
  const name = filename.toWellFormed();
  const ascii = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^ -~]/gu, "_")
    .replace(/["\\%]/g, "_");
  const plain = `${kind}; filename="${ascii}"`;
  if (ascii === name) return plain;
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${plain}; filename*=UTF-8''${encoded}`;
}
