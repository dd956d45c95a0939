import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createAuthPosts } from "../../src/core/server/auth-posts.ts";
import * as routes from "../../src/core/server/routes/index.ts";

interface Place {
  readonly method: string;
  readonly path: string;
}

/** Whatever a route is made of, as far as its method and path do not depend on it. */
// biome-ignore lint/suspicious/noExplicitAny: it stands for everything
const anything: any = new Proxy(() => undefined, {
  get(_, key) {
    if (key === Symbol.toPrimitive) return () => "anything";
    // what makes routes is no part of what they do
    return key === "posts" ? createAuthPosts(anything) : anything;
  },
  apply: () => anything,
});

/** What apps are put together from. */
const APP = join(import.meta.dirname, "../../src/core");

/** Every route that apps are put together with, as `GET /api/:collection/:id`, in order. */
export function allRoutes(): readonly string[] {
  const files = readdirSync(APP).filter((file) => file.startsWith("app"));
  const text = files.map((file) => readFileSync(join(APP, file), "utf8")).join();
  const makers = Object.entries<typeof anything>(routes).filter(([name]) => text.includes(`${name}(`));
  const places: readonly Place[] = makers.flatMap(([, make]) => make(anything, anything));
  const own = places.filter(({ path }) => typeof path === "string"); // those of plugins are not known here
  return own.map(({ method, path }) => `${method} ${path}`).toSorted();
}

/** The paths below `/api/{family}/`, each once, with `{parameters}` as descriptions write them. */
export function routedPaths(family: string): readonly string[] {
  const paths = allRoutes().map((route) => route.split(" ")[1] ?? "");
  const own = paths.filter((path) => path.startsWith(`/api/${family}/`));
  return [...new Set(own)].map((path) => path.replace(/:(\w+)/g, "{$1}")).toSorted();
}
