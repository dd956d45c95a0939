import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROUTES = join(import.meta.dirname, "../../src/core/server/routes");

/** The paths below `/api/{family}/` as the files of routes write them, in order, with `{parameters}`. */
export function routedPaths(family: string): readonly string[] {
  const written = new RegExp(`"(/api/${family}/[^"*]+)"`, "g");
  const texts = readdirSync(ROUTES).map((file) => readFileSync(join(ROUTES, file), "utf8"));
  const paths = texts.flatMap((text) => Array.from(text.matchAll(written), ([, path = ""]) => path));
  return [...new Set(paths)].map((path) => path.replace(/:(\w+)/g, "{$1}")).toSorted();
}
