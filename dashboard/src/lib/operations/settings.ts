import type { Setting } from "./types.ts";

/** Settings that begin with the same word; those of one word are together, first. */
export interface SettingGroup {
  readonly name: string;
  readonly settings: readonly Setting[];
}

const SINGLE = "general";

/** The settings whose path, variable or value holds a text, whatever its case, in groups, both in the order that they came. */
export function settingGroups(settings: readonly Setting[], text: string): readonly SettingGroup[] {
  const wanted = text.trim().toLowerCase();
  const groups = new Map<string, Setting[]>([[SINGLE, []]]);
  for (const setting of settings) {
    const { path, variable } = setting;
    if (![path, variable, valueInWords(setting)].some((one) => one.toLowerCase().includes(wanted))) continue;
    const [first = "", rest] = path.split(/\.(.*)/);
    const name = rest === undefined ? SINGLE : first;
    const group = groups.get(name) ?? [];
    group.push(setting);
    groups.set(name, group);
  }
  return [...groups].filter(([, { length }]) => length > 0).map(([name, found]) => ({ name, settings: found }));
}

/** A value as it stands in the file; empty of a secret. */
export function valueInWords({ value }: Pick<Setting, "value">): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
