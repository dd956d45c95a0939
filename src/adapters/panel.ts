import { readFile } from "node:fs/promises";
import { embedded } from "./bun/module-url.ts";

/** Where `npm run build` puts the panel: among the executable's own files, into `dist` of the sources, or beside `dist/lib`. */
function place(): URL {
  const here = import.meta.url;
  if (embedded !== undefined) return new URL(`${embedded}panel.html`);
  return new URL(here.endsWith(".ts") ? "../../dist/panel.html" : "../../panel.html", here);
}

/** The admin panel as one HTML document, for `createApp({ panel })`; undefined where it has not been built. */
export async function readPanel(): Promise<string | undefined> {
  try {
    return await readFile(place(), "utf8");
  } catch {
    return undefined;
  }
}
