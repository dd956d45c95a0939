export type { Environment, ReadSecret } from "./environment.ts";
export { type ConfigSources, loadConfig } from "./load.ts";
export { ConfigError, type ConfigProblem } from "./problem.ts";
export { parseRateSetting, type RateSetting } from "./rates.ts";
export { type Config, type ConfigInput, configSchema, defineConfig } from "./schema.ts";
export {
  changedSettings,
  type SettingInForce,
  type SettingSource,
  type SettingSources,
  settingSources,
  settingsInForce,
} from "./sources.ts";
