import type { z } from "zod";
import { configSchema } from "./schema.ts";
import { type SettingInfo, settingInfo } from "./setting.ts";

/** One place in the configuration, as the schema declares it. */
export interface Setting {
  /** Dotted: `logging.file.maxSize`. */
  readonly path: string;
  /** `BAKEND_LOGGING_FILE_MAX_SIZE`. */
  readonly variable: string;
  readonly info: SettingInfo;
}

/** The parts of zod's schemas that are walked. */
interface Definition {
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly innerType?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
}

/** Every setting, and the keys that each object may have, by its path (the root's is empty). */
export interface SettingIndex {
  readonly settings: ReadonlyMap<string, Setting>;
  readonly keys: ReadonlyMap<string, readonly string[]>;
}

/** Derives the settings from the schema, so that there is one list of them. */
export function indexSettings(): SettingIndex {
  const settings = new Map<string, Setting>();
  const keys = new Map<string, readonly string[]>();
  walk(configSchema, "");
  return { settings, keys };

  function walk(schema: z.core.$ZodType, path: string): void {
    const info = settingInfo.get(schema);
    if (info !== undefined) settings.set(path, { path, variable: variableOf(path), info });
    const { shape, innerType, options = [] }: Definition & z.core.$ZodTypeDef = schema._zod.def;
    if (innerType !== undefined) walk(innerType, path);
    for (const option of options) walk(option, path);
    if (shape === undefined) return;
    keys.set(path, Object.keys(shape));
    for (const [key, child] of Object.entries(shape)) walk(child, path === "" ? key : `${path}.${key}`);
  }
}

/** Whether a setting's value is told to nobody. */
export function isSecret(path: string): boolean {
  return /(secret|password|privatekey)$/i.test(path);
}

/** `cors.maxAge` -> `BAKEND_CORS_MAX_AGE`. */
function variableOf(path: string): string {
  const words = path.replaceAll(".", "_").replace(/[A-Z]/g, (letter) => `_${letter}`);
  return `BAKEND_${words.toUpperCase()}`;
}
