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

/** Finds the setting of a variable; `BAKEND_AUTH_PROVIDERS_MINE_CLIENT_ID` is about `mine`. */
export function createFinder(settings: readonly Setting[]): (variable: string) => Setting | undefined {
  const byVariable = new Map(settings.map((setting) => [setting.variable, setting]));
  const patterns = settings
    .filter(({ variable }) => variable.includes(ANY))
    .map((setting) => [new RegExp(`^${setting.variable.replace(ANY, "([A-Z][A-Z0-9]*)")}$`), setting] as const);
  return (variable) => {
    const setting = byVariable.get(variable);
    if (setting) return setting;
    const [found] = patterns.flatMap(([pattern, one]) => {
      const name = pattern.exec(variable)?.[1];
      return name === undefined ? [] : [named(one, name.toLowerCase())];
    });
    return found;
  };
}

/** The settings as a configuration may have them: one for each name that it has chosen. */
export function settingsOf(settings: Iterable<Setting>, config: unknown): readonly Setting[] {
  return [...settings].flatMap((setting) => {
    const [place = "", inner] = setting.path.split(`.${ANY}.`);
    const value = inner === undefined ? null : valueAt(config, place);
    if (inner === undefined) return [setting];
    return typeof value === "object" && value !== null ? Object.keys(value).map((name) => named(setting, name)) : [];
  });
}

/** The value at a path. */
export function valueAt(config: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => {
    return typeof value === "object" && value !== null && Object.hasOwn(value, key)
      ? Reflect.get(value, key)
      : undefined;
  }, config);
}

function named({ path, variable, info }: Setting, name: string): Setting {
  return { path: path.replace(ANY, name), variable: variable.replace(ANY, name.toUpperCase()), info };
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
