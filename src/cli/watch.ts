import { existsSync, type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { basename, join } from "node:path";
import type { Project } from "./project.ts";

/** Milliseconds of quiet that end a burst of changes: editors write a file in several steps. */
const QUIET = 100;

/** Milliseconds by which a file system's clock may lag behind. */
const LAG = 20;

/** The folders of a project that it is read from, and which of their files count. */
const FOLDERS: Readonly<Record<string, RegExp>> = { collections: /\.json$/, mails: /\.(txt|html)$/ };

/**
 * Watches what a project is read from: the configuration, the definitions in `collections/` and the mails in `mails/`.
 * Calls `changed` once for each burst, and also for what has changed since the project was read, at `since` in milliseconds
 * since 1970. Returns the way to stop.
 */
export function watchProject(
  { file, folder }: Pick<Project, "file" | "folder">,
  since: number,
  changed: () => void,
): () => void {
  const config = basename(file);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const inner = new Map<string, FSWatcher>();
  for (const name of Object.keys(FOLDERS)) watchInner(name);
  // The folder is watched, not the file: a file that an editor replaces would be lost from sight.
  const outer = watch(folder, (_, name) => {
    if (name === null) return;
    if (Object.hasOwn(FOLDERS, name)) watchInner(name);
    if (name === config || Object.hasOwn(FOLDERS, name)) soon();
  });
  if (watchedFiles().some((path) => (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) > since - LAG)) soon();

  return () => {
    clearTimeout(timer);
    outer.close();
    for (const watcher of inner.values()) watcher.close();
  };

  function watchInner(name: string): void {
    inner.get(name)?.close();
    inner.delete(name);
    const directory = join(folder, name);
    if (!existsSync(directory)) return;
    const watcher = watch(directory, (_, changedFile) => void (FOLDERS[name]?.test(changedFile ?? "") && soon()));
    watcher.on("error", () => watcher.close());
    inner.set(name, watcher);
  }

  function watchedFiles(): readonly string[] {
    const inside = Object.entries(FOLDERS).flatMap(([name, counts]) => {
      const directory = join(folder, name);
      if (!existsSync(directory)) return [];
      return readdirSync(directory)
        .filter((one) => counts.test(one))
        .map((one) => join(directory, one));
    });
    return [file, ...inside];
  }

  function soon(): void {
    clearTimeout(timer);
    timer = setTimeout(changed, QUIET);
  }
}
