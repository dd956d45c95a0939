/**
 * Where the module of a thread is, by its name in this folder. An executable made by `bun build --compile` holds this file
 * inside the main module at its root, and further entry points under their paths relative to `src`, the folder that all
 * entry points share.
 */
export function workerUrl(name: string): URL {
  const here = import.meta.url;
  const compiled = here.includes("/$bunfs/") || here.includes("/~BUN/");
  if (compiled) return new URL(`./adapters/bun/${name}.js`, here);
  return new URL(here.endsWith(".ts") ? `./${name}.ts` : `./${name}.js`, here);
}
