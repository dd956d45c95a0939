import { existsSync, type FSWatcher, readdirSync, watch } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Milliseconds of quiet that end a burst of changes. */
const QUIET = 50;

/**
 * Watches the folder of functions with all folders in it, those that are made later included. Calls `changed` once for
 * each burst. Returns the way to stop.
 */
export function watchFunctions(folder: string, changed: () => void): () => void {
  const watchers = new Map<string, FSWatcher>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  // the folder itself may come and go
  const outer = existsSync(dirname(folder))
    ? watch(dirname(folder), (_, name) => {
        if (name === basename(folder)) soon();
      })
    : null;
  look();

  return () => {
    clearTimeout(timer);
    outer?.close();
    for (const watcher of watchers.values()) watcher.close();
  };

  function soon(): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      look();
      changed();
    }, QUIET);
  }

  /** Brings the watchers up to date with the folders. */
  function look(): void {
    const folders = new Set(foldersIn(folder));
    for (const [path, watcher] of watchers) {
      if (folders.has(path)) continue;
      watcher.close();
      watchers.delete(path);
    }
    for (const path of folders) {
      if (watchers.has(path)) continue;
      const watcher = watch(path, soon);
      watcher.on("error", () => {
        watcher.close();
        watchers.delete(path);
      });
      watchers.set(path, watcher);
    }
  }
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const inner = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && entry.name !== "node_modules" && !entry.name.startsWith("."),
  );
  return [folder, ...inner.flatMap(({ name }) => foldersIn(join(folder, name)))];
}
