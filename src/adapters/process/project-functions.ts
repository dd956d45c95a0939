import { join, resolve } from "node:path";
import { linkedPackages } from "./linked-packages.ts";

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

/** The paths that functions may read, as packages are linked now. */
export function readablePaths({ project, folder, jobs, folders, closed = [] }: ProjectFunctions): readonly string[] {
  const own = ["node_modules", "package.json", "tsconfig.json"].map((name) => join(project, name));
  return [resolve(folder), resolve(jobs), ...own, ...linkedPackages(project, closed), ...folders];
}
