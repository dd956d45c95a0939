import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Loads one function of scripts/lib, which is plain JavaScript without types. */
export async function scriptFunction(file: string, name: string): Promise<(...args: unknown[]) => unknown> {
  const module = await import(pathToFileURL(join(import.meta.dirname, "../../scripts/lib", file)).href);
  return module[name];
}
