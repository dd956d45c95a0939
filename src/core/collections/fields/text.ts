import type { FieldDefinitionOf } from "../definition.ts";
import type { Fail, Field } from "./field.ts";
import { plainParts } from "./plain.ts";

type TextLike = FieldDefinitionOf<"text" | "richtext" | "email" | "url">;

interface TextRules {
  readonly check: (value: string, fail: Fail) => string | undefined;
  readonly jsonSchema: Record<string, unknown>;
}

/** `text`: plain text with optional bounds (in code points) and a pattern. */
export function textField(definition: FieldDefinitionOf<"text">): Field {
  const pattern = definition.pattern === undefined ? null : new RegExp(definition.pattern, "u");
  return textLike(definition, {
    check: (value, fail) => {
      if (!withinBounds(value, definition, fail)) return undefined;
      if (pattern && !pattern.test(value)) return fail("pattern", `must match ${definition.pattern}`);
      return value;
    },
    jsonSchema: { ...bounds(definition), ...(definition.pattern === undefined ? {} : { pattern: definition.pattern }) },
  });
}

/** `richtext`: markup kept as it is; whoever shows it must clean it. */
export function richtextField(definition: FieldDefinitionOf<"richtext">): Field {
  return textLike(definition, {
    check: (value, fail) => (withinBounds(value, definition, fail) ? value : undefined),
    jsonSchema: bounds(definition),
  });
}

/** One `@`, no spaces, a dot in the domain: enough to catch slips. Only a mail that arrives proves an address. */
const EMAIL = /^[^\s@<>()",;:\\[\]]+@[^\s@.<>()",;:\\[\]]+(\.[^\s@.<>()",;:\\[\]]+)+$/;
/** RFC 5321, section 4.5.3.1.3: a path of 256 octets includes its two brackets. */
const EMAIL_MAX = 254;

/** Whether a text has the form of one address. */
export function isEmailAddress(value: string): boolean {
  return value.length <= EMAIL_MAX && EMAIL.test(value);
}

/** `email`: one address. */
export function emailField(definition: FieldDefinitionOf<"email">): Field {
  return textLike(definition, {
    check: (value, fail) => (isEmailAddress(value) ? value : fail("pattern", "must be an e-mail address")),
    jsonSchema: { format: "email", maxLength: EMAIL_MAX },
  });
}

/** `url`: an absolute http or https address. */
export function urlField(definition: FieldDefinitionOf<"url">): Field {
  return textLike(definition, {
    check: (value, fail) =>
      /^https?:\/\//i.test(value) && URL.canParse(value)
        ? value
        : fail("pattern", "must be an absolute http:// or https:// address"),
    jsonSchema: { format: "uri" },
  });
}

function textLike(definition: TextLike, rules: TextRules): Field {
  return {
    ...plainParts(definition, "TEXT", "text"),
    parse: (value, fail) => {
      if (typeof value !== "string") return fail("type", "must be a text");
      if (!isStorable(value)) return fail("pattern", "must be valid Unicode without null characters");
      if (value === "" && definition.required) return fail("required", "must not be empty");
      return value === "" && definition.type !== "text" && definition.type !== "richtext"
        ? fail("pattern", "must not be empty")
        : rules.check(value, fail);
    },
    jsonSchema: () => ({ type: "string", ...rules.jsonSchema }),
  };
}

/** SQL functions end a text at a null character, and half a surrogate pair cannot be written as UTF-8. */
export function isStorable(value: string): boolean {
  return !value.includes("\u0000") && value.isWellFormed();
}

function withinBounds(
  value: string,
  { min, max }: { min?: number | undefined; max?: number | undefined },
  fail: Fail,
): boolean {
  if (min === undefined && max === undefined) return true;
  const length = codePoints(value);
  if (min !== undefined && length < min) fail("min", `must have at least ${min} characters`);
  else if (max !== undefined && length > max) fail("max", `must have at most ${max} characters`);
  else return true;
  return false;
}

function codePoints(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}

function bounds({ min, max }: { min?: number | undefined; max?: number | undefined }): Record<string, unknown> {
  return { ...(min === undefined ? {} : { minLength: min }), ...(max === undefined ? {} : { maxLength: max }) };
}
