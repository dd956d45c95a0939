/** What a child is told on its command line. */
export interface ChildPlan {
  /** Folders and files that functions may read. */
  readonly read: readonly string[];
  /** The folder whose entries, and those of folders in it, may be listed, so that packages are found. */
  readonly list: string;
  /** The project, where it runs. */
  readonly project: string;
  /** The command that starts this program. */
  readonly self: readonly string[];
  /** Bytes of address space. */
  readonly memory: number;
}

/** The argument with which the executable becomes a child. */
export const CHILD_ARGUMENT = "__functions";
