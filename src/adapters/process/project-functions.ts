import { join, resolve } from "node:path";

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
  /** Bytes of memory of one process. */
  readonly memory: number;
}

/** The paths that functions may read. */
export function readablePaths({ project, folder, jobs, folders }: ProjectFunctions): readonly string[] {
  const own = ["node_modules", "package.json", "tsconfig.json"].map((name) => join(project, name));
  return [resolve(folder), resolve(jobs), ...own, ...folders];
}
