/** Stands where a secret was. */
export const REDACTED = "[redacted]";

const SECRET_KEY =
  /passw(or)?d|passphrase|secret|token|authorization|cookie|hash|apikey|privatekey|signingkey|credential|^(otp|totp|pin|pwd)$/;
const MAX_DEPTH = 8;
const MAX_ITEMS = 100;
const MAX_TEXT = 8192;

/**
 * A copy of fields that is fit to be written down: values of keys that sound secret are replaced at any depth, texts are
 * scrubbed, errors become `{ name, message, stack }`, and what is too deep, too long or cyclic is cut.
 */
export function redactFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return redactObject(fields, []);
}

/** Removes bearer and basic credentials, JSON web tokens, and credentials in URLs (user info and query) from a text. */
export function redactText(text: string): string {
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text;
  // A cheap look decides for nearly all texts, which have none of this. Credentials stand after a space.
  const suspicious = /[=@\s]|eyJ/.test(cut) && /[=@]|eyJ|\b(bearer|basic)\s/i.test(cut);
  if (!suspicious) return cut;
  return cut
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]+/gi, `$1 ${REDACTED}`)
    .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, REDACTED)
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@]+@/gi, `$1${REDACTED}@`)
    .replace(
      /([?&;][\w-]*(?:token|secret|password|passwd|signature|sig|api-?_?key|code)=)[^&;#\s"']+/gi,
      `$1${REDACTED}`,
    );
}

function isSecretKey(key: string): boolean {
  if (key.length < 3) return false;
  return SECRET_KEY.test(/[-_\sA-Z]/.test(key) ? key.replace(/[-_\s]/g, "").toLowerCase() : key);
}

function redactObject(object: object, above: readonly object[]): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  let count = 0;
  for (const [key, value] of Object.entries(object)) {
    count += 1;
    if (count > MAX_ITEMS) {
      copy["..."] = "more fields";
      break;
    }
    const safe =
      value !== null && value !== undefined && isSecretKey(key) ? REDACTED : redactValue(value, object, above);
    // `__proto__` is an ordinary key here
    if (key === "__proto__") Object.defineProperty(copy, key, { value: safe, enumerable: true, configurable: true });
    else copy[key] = safe;
  }
  return copy;
}

function redactValue(value: unknown, holder: object, above: readonly object[]): unknown {
  switch (typeof value) {
    case "string":
      return redactText(value);
    case "bigint":
    case "symbol":
      return String(value);
    case "function":
      return "[function]";
    case "object":
      return value === null ? null : redactReference(value, [...above, holder]);
    default:
      return value;
  }
}

function redactReference(value: object, above: readonly object[]): unknown {
  if (above.includes(value)) return "[circular]";
  if (above.length >= MAX_DEPTH) return "[too deep]";
  if (value instanceof Error) return redactError(value, above);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString();
  if (value instanceof URL) return redactText(value.href);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (value instanceof Map || value instanceof Set) return `[${value.constructor.name} of ${value.size}]`;
  if (!Array.isArray(value)) return redactObject(value, above);
  const items = value.slice(0, MAX_ITEMS).map((item) => redactValue(item, value, above));
  return value.length > MAX_ITEMS ? [...items, `... ${value.length - MAX_ITEMS} more`] : items;
}

function redactError(error: Error, above: readonly object[]): Record<string, unknown> {
  const { cause } = error;
  return {
    name: error.name,
    message: redactText(error.message),
    ...(error.stack === undefined ? {} : { stack: redactText(error.stack) }),
    ...(cause === undefined ? {} : { cause: redactValue(cause, error, above) }),
  };
}
