import type { Environment } from "./environment.ts";
import { indexSettings, isSecret } from "./settings.ts";

/** Where a setting's value comes from: nowhere else, the configuration file (or code), the environment. */
export type SettingSource = "default" | "file" | "environment";

/** Of each setting that is not left at its default, by its path: `limits.body`. */
export type SettingSources = Readonly<Record<string, SettingSource>>;

/** A setting in force, for people. */
export interface SettingInForce {
  readonly path: string;
  /** The variable that sets it. */
  readonly variable: string;
  readonly source: SettingSource;
  /** Absent of a secret. */
  readonly value?: unknown;
}

/** Where the values of a configuration come from, by what the file and the environment say. */
export function settingSources(raw: unknown, env: Environment): SettingSources {
  const sources: Record<string, SettingSource> = {};
  for (const { path, variable } of indexSettings().settings.values()) {
    if ([variable, `${variable}_FILE`].some((name) => (env[name] ?? "") !== "")) sources[path] = "environment";
    else if (valueAt(raw, path) !== undefined) sources[path] = "file";
  }
  return sources;
}

/** The settings that have a value, one by one and without secrets. */
export function settingsInForce(config: unknown, sources: SettingSources): readonly SettingInForce[] {
  return Array.from(indexSettings().settings.values()).flatMap(({ path, variable }): readonly SettingInForce[] => {
    const value = valueAt(config, path);
    // a part that is switched on is told by the settings in it
    const isPart = typeof value === "object" && value !== null && !Array.isArray(value);
    if (value === undefined || isPart) return [];
    const setting = { path, variable, source: sources[path] ?? "default" };
    return [isSecret(path) ? setting : { ...setting, value }];
  });
}

function valueAt(config: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => {
    return typeof value === "object" && value !== null && Object.hasOwn(value, key)
      ? Reflect.get(value, key)
      : undefined;
  }, config);
}
