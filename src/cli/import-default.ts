import { pathToFileURL } from "node:url";
import { provideLibrary } from "./library.ts";

/** What a module of a project exports by default, loaded anew each time. Rejects with what it throws. */
export async function importDefault(file: string): Promise<unknown> {
  provideLibrary();
  const url = pathToFileURL(file);
  // a query in the address makes the module load anew
  url.searchParams.set("v", String(Date.now()));
  const module: { readonly default?: unknown } = await import(url.href);
  return module.default;
}
