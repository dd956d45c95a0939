import type { Environment } from "./environment.ts";
import { createFinder, indexSettings, isSecret, settingsOf, valueAt } from "./settings.ts";

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
  const settings = [...indexSettings().settings.values()];
  for (const { path } of settingsOf(settings, raw)) if (valueAt(raw, path) !== undefined) sources[path] = "file";
  const find = createFinder(settings);
  for (const [name, value] of Object.entries(env)) {
    const setting = find(name) ?? find(name.replace(/_FILE$/, ""));
    if (setting && (value ?? "") !== "") sources[setting.path] = "environment";
  }
  return sources;
}

/** The paths of the settings that have other values in one configuration than in another, a part's by what is in it. */
export function changedSettings(before: unknown, after: unknown): readonly string[] {
  const settings = [...indexSettings().settings.values()];
  const paths = new Set([before, after].flatMap((config) => settingsOf(settings, config).map(({ path }) => path)));
  const text = (config: unknown, path: string) => JSON.stringify(valueAt(config, path));
  const changed = [...paths].filter((path) => text(before, path) !== text(after, path));
  return changed.filter((path) => !changed.some((other) => other.startsWith(`${path}.`))).sort();
}

/** The settings that have a value, one by one and without secrets. */
export function settingsInForce(config: unknown, sources: SettingSources): readonly SettingInForce[] {
  const settings = settingsOf(indexSettings().settings.values(), config);
  return settings.flatMap(({ path, variable }): readonly SettingInForce[] => {
    const value = valueAt(config, path);
    // a part that is switched on is told by the settings in it
    const isPart = typeof value === "object" && value !== null && !Array.isArray(value);
    if (value === undefined || isPart) return [];
    const setting = { path, variable, source: sources[path] ?? "default" };
    return [isSecret(path) ? setting : { ...setting, value }];
  });
}
