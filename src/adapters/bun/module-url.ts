/** Where the files of an executable are that `bun build --compile` has made; undefined if this runs from source. */
export const [, embedded] = /^(.*\/(?:\$bunfs|~BUN)\/root\/)/.exec(import.meta.url) ?? [];

/**
 * Where a module is that is loaded by its address: a thread's, or one of the executable's parts. `path` is its own from `src`,
 * without the ending. An executable made by `bun build --compile` holds each of its entry points under that path.
 */
export function moduleUrl(path: string): URL {
  const here = import.meta.url;
  if (embedded !== undefined) return new URL(`${embedded}${path}.js`);
  return new URL(`../../${path}${here.endsWith(".ts") ? ".ts" : ".js"}`, here);
}
