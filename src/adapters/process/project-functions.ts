import { join, resolve } from "node:path";
import { linkedPackages, workspaceOf } from "./linked-packages.ts";

/** What a project says about its functions. Paths are absolute. */
export interface ProjectFunctions {
  /** The project's folder. */
  readonly project: string;
  /** The folder of functions. */
  readonly folder: string;
  /** The folder of jobs. */
  readonly jobs: string;
  /** The variables that functions see. */
  readonly env: Readonly<Record<string, string>>;
  /** The hosts that `fetch` reaches. */
  readonly hosts: readonly string[];
  /** Folders and files that may be read beside the functions and their packages. */
  readonly folders: readonly string[];
  /** What no link in `node_modules` opens to them: the configuration, the database and whatever else is the server's alone. */
  readonly closed?: readonly string[];
  /** Bytes of memory of one process. */
  readonly memory: number;
}

/** What functions may reach of the disk. */
export interface Readable {
  /** Folders and files that may be read. */
  readonly read: readonly string[];
  /** The folder whose entries, and those of folders in it, may be listed, so that packages are found. */
  readonly list: string;
}

/** What functions may reach, as packages are linked now. */
export function readableOf({ project, folder, jobs, folders, closed = [] }: ProjectFunctions): Readable {
  const root = workspaceOf(project);
  const own = ["node_modules", "package.json", "tsconfig.json"].map((name) => join(project, name));
  return {
    read: [resolve(folder), resolve(jobs), ...own, ...linkedPackages(project, root, closed), ...folders],
    list: root ?? project,
  };
}
