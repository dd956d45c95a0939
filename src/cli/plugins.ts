import { ConfigError } from "../core/config/index.ts";
import type { Plugin } from "../core/plugins/index.ts";
import { importDefault } from "./import-default.ts";

/**
 * Loads the plugins of a project, anew each time: what each of these files exports by default.
 * @throws ConfigError for one that cannot be loaded, or is none
 */
export async function readPlugins(files: readonly string[]): Promise<readonly Plugin[]> {
  const plugins: Plugin[] = [];
  for (const file of files) {
    const plugin = await importDefault(file).catch((error: unknown) => {
      throw fault(`${file} cannot be loaded (${error instanceof Error ? error.message : String(error)})`);
    });
    if (!isPlugin(plugin))
      throw fault(`${file} has no plugin`, 'export default { name: "audit", install(host) { ... } }');
    plugins.push(plugin);
  }
  return plugins;
}

function fault(message: string, allowed?: string): ConfigError {
  return new ConfigError([{ path: "plugins", message, ...(allowed === undefined ? {} : { allowed }) }]);
}

function isPlugin(value: unknown): value is Plugin {
  if (typeof value !== "object" || value === null || !("name" in value) || !("install" in value)) return false;
  return typeof value.name === "string" && typeof value.install === "function";
}
