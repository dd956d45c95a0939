import type { z } from "zod";
import { configSchema } from "./schema.ts";
import { type SettingInfo, settingInfo } from "./setting.ts";

/** One place in the configuration, as the schema declares it. */
export interface Setting {
  /** Dotted: `logging.file.maxSize`. A name that the configuration chooses is `*`: `auth.providers.*.clientId`. */
  readonly path: string;
  /** `BAKEND_LOGGING_FILE_MAX_SIZE`, `BAKEND_AUTH_PROVIDERS_*_CLIENT_ID`. */
  readonly variable: string;
  readonly info: SettingInfo;
}

/** The parts of zod's schemas that are walked. */
interface Definition {
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly innerType?: z.core.$ZodType;
  /** Of a record: what each name has. */
  readonly valueType?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
}

/** Every setting, and the keys that each object may have, by its path (the root's is empty). */
export interface SettingIndex {
  readonly settings: ReadonlyMap<string, Setting>;
  readonly keys: ReadonlyMap<string, readonly string[]>;
  /** The path as it is here of one in a configuration: with `*` for a name that was chosen. */
  pathOf(keys: readonly string[]): string;
}

/** Derives the settings from the schema, so that there is one list of them. */
export function indexSettings(): SettingIndex {
  const settings = new Map<string, Setting>();
  const keys = new Map<string, readonly string[]>();
  const named = new Set<string>();
  walk(configSchema, "");
  const pathOf = (given: readonly string[]): string =>
    given.reduce((path, key) => below(path, named.has(path) ? ANY : key), "");
  return { settings, keys, pathOf };

  function walk(schema: z.core.$ZodType, path: string): void {
    const info = settingInfo.get(schema);
    if (info !== undefined) settings.set(path, { path, variable: variableOf(path), info });
    const { shape, innerType, valueType, options = [] }: Definition & z.core.$ZodTypeDef = schema._zod.def;
    if (innerType !== undefined) walk(innerType, path);
    if (valueType !== undefined) {
      named.add(path);
      walk(valueType, below(path, ANY));
    }
    for (const option of options) walk(option, path);
    if (shape === undefined) return;
    keys.set(path, Object.keys(shape));
    for (const [key, child] of Object.entries(shape)) walk(child, below(path, key));
  }
}

/** Stands for a name that the configuration chooses. */
const ANY = "*";

function below(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

/** `cors.maxAge` -> `BAKEND_CORS_MAX_AGE`. */
function variableOf(path: string): string {
  const words = path.replaceAll(".", "_").replace(/[A-Z]/g, (letter) => `_${letter}`);
  return `BAKEND_${words.toUpperCase()}`;
}
