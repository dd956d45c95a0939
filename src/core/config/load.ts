import type { z } from "zod";
import { suggest } from "../../tools/index.ts";
import { type Environment, type Override, type ReadSecret, readEnvironment } from "./environment.ts";
import { ConfigError, type ConfigProblem } from "./problem.ts";
import { type Config, configSchema } from "./schema.ts";
import { indexSettings, isSecret, type SettingIndex } from "./settings.ts";

/** What a configuration is made of. */
export interface ConfigSources {
  /** The parsed configuration file; `undefined` for none. */
  readonly raw: unknown;
  readonly env: Environment;
  readonly readSecret: ReadSecret;
}

/**
 * Makes the configuration: defaults, under the file, under the environment.
 * Throws `ConfigError` with every mistake of both.
 */
export function loadConfig({ raw, env, readSecret }: ConfigSources): Config {
  const index = indexSettings();
  const { overrides, problems } = readEnvironment(env, index.settings.values(), readSecret);
  const merged = overrides.reduce(setPath, raw ?? {});
  const parsed = configSchema.safeParse(merged);
  if (parsed.success && problems.length === 0) return parsed.data;
  const describe = describer(merged, index, overrides);
  throw new ConfigError([...(parsed.error?.issues.flatMap(describe) ?? []), ...problems]);
}

/** A copy with one value replaced. Where the way is barred by something that is no object, nothing changes. */
function setPath(target: unknown, { path, value }: { readonly path: string; readonly value: unknown }): unknown {
  const [key = "", ...rest] = path.split(".");
  if (!isObject(target)) return target;
  if (rest.length === 0) return { ...target, [key]: value };
  // `false` switches a part off; naming one of its settings switches it on.
  const inner = target[key] === false || target[key] === undefined ? {} : target[key];
  return { ...target, [key]: setPath(inner, { path: rest.join("."), value }) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Turns zod's issues into problems that say what was given and what is allowed. */
function describer(merged: unknown, index: SettingIndex, overrides: readonly Override[]) {
  const variables = new Map(overrides.map((override) => [override.path, override.variable]));
  return describe;

  function describe(issue: z.core.$ZodIssue): ConfigProblem[] {
    const path = issue.path.join(".");
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(path, key));
    // Of a union with an object in it, the object's own mistakes say more.
    if (issue.code === "invalid_union" && isObject(at(merged, issue.path))) {
      const nested = issue.errors.at(-1) ?? [];
      return nested.flatMap((inner) => describe({ ...inner, path: [...issue.path, ...inner.path] }));
    }
    return [mistake(issue, path)];
  }

  function unknownKey(path: string, key: string): ConfigProblem {
    const known = index.keys.get(index.pathOf(path === "" ? [] : path.split("."))) ?? [];
    const meant = suggest(key, known);
    return {
      path: path === "" ? key : `${path}.${key}`,
      message: `there is no such setting${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
      ...(meant === undefined ? { allowed: `one of ${known.join(", ")}` } : {}),
    };
  }

  function mistake(issue: z.core.$ZodIssue, path: string): ConfigProblem {
    // An item of a list is described by the list.
    const given = issue.path.filter((key) => typeof key === "string");
    const place = index.pathOf(given);
    const setting = index.settings.get(place);
    const value = at(merged, issue.path);
    const keys = index.keys.get(place);
    if (setting === undefined && keys === undefined) return { path, message: issue.message };
    if (issue.code === "custom" && issue.message !== "out of range" && issue.message !== "Invalid input") {
      return { path, message: issue.message };
    }
    const variable = variables.get(given.join("."));
    const source = variable === undefined ? "" : ` (from ${variable})`;
    const shown = isSecret(place) ? "the value given" : show(value);
    return {
      path,
      message: value === undefined ? "this is missing" : `${shown}${source} is not allowed`,
      allowed: setting?.info.allowed ?? `an object with ${keys?.join(", ")}`,
    };
  }
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== "object" || current === null) return undefined;
    current = Reflect.get(current, key);
  }
  return current;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
