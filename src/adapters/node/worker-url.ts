/** The module of a thread, by its name in this folder: TypeScript in the source tree, JavaScript once built. */
export function workerUrl(name: string): URL {
  const here = import.meta.url;
  return new URL(here.endsWith(".ts") ? `./${name}.ts` : `./${name}.js`, here);
}
