import { z } from "zod";
import { parseByteSize, parseDuration } from "../../tools/index.ts";

/** How a setting is written in an environment variable. */
export type EnvForm = "text" | "number" | "boolean" | "list";

/** What is known of one setting beside its schema. */
export interface SettingInfo {
  /** For people, after "expected": `a port from 0 to 65535`. */
  readonly allowed: string;
  readonly env: EnvForm;
  /** The values, if they can be counted. */
  readonly values?: readonly string[];
}

/** The settings of the schema, by their schemas. Filled while the schema is declared, only read afterwards. */
export const settingInfo = z.registry<SettingInfo>();

/** A whole number between two bounds, both included. */
export function integer(min: number, max: number, allowed = `a whole number from ${min} to ${max}`) {
  return z.number().int().min(min).max(max).register(settingInfo, { allowed, env: "number" });
}

/** Non-empty text. */
export function text(allowed: string) {
  return z.string().trim().min(1).register(settingInfo, { allowed, env: "text" });
}

/** True or false. */
export function flag() {
  return z.boolean().register(settingInfo, { allowed: "true or false", env: "boolean" });
}

/** One of some words, in any case. */
export function choice<const T extends readonly [string, ...string[]]>(...values: T) {
  const lower = (value: unknown) => (typeof value === "string" ? value.toLowerCase() : value);
  const allowed = values.map((value) => `"${value}"`).join(", ");
  return z
    .preprocess(lower, z.enum(values))
    .register(settingInfo, { allowed: `one of ${allowed}`, env: "text", values });
}

/** A number of bytes, written as in `10mb`. */
export function bytes(min: number, max: number, allowed: string) {
  return measure(parseByteSize, min, max, allowed);
}

/** A length of time in milliseconds, written as in `10m`. */
export function duration(min: number, max: number, allowed: string) {
  return measure(parseDuration, min, max, allowed);
}

function measure(parse: (value: number | string) => number | undefined, min: number, max: number, allowed: string) {
  return z
    .union([z.number(), z.string()])
    .transform((value, context) => {
      const number = parse(value);
      if (number !== undefined && number >= min && number <= max) return number;
      context.issues.push({ code: "custom", message: "out of range", input: value });
      return z.NEVER;
    })
    .register(settingInfo, { allowed, env: "text" });
}
