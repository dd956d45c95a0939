import { existsSync, type FSWatcher, watch } from "node:fs";
import { basename, join } from "node:path";
import type { Project } from "./project.ts";

/** Milliseconds of quiet that end a burst of changes: editors write a file in several steps. */
const QUIET = 100;

/**
 * Watches what a project is read from: the configuration and the definitions in `collections/`. Calls `changed` once for
 * each burst. Returns the way to stop.
 */
export function watchProject({ file, folder }: Pick<Project, "file" | "folder">, changed: () => void): () => void {
  const directory = join(folder, "collections");
  const config = basename(file);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let inner: FSWatcher | undefined;
  watchInner();
  // The folder is watched, not the file: a file that an editor replaces would be lost from sight.
  const outer = watch(folder, (_, name) => {
    if (name === "collections") watchInner();
    if (name === config || name === "collections") soon();
  });

  return () => {
    clearTimeout(timer);
    outer.close();
    inner?.close();
  };

  function watchInner(): void {
    inner?.close();
    inner = existsSync(directory) ? watch(directory, (_, name) => void (name?.endsWith(".json") && soon())) : undefined;
    inner?.on("error", () => inner?.close());
  }

  function soon(): void {
    clearTimeout(timer);
    timer = setTimeout(changed, QUIET);
  }
}
