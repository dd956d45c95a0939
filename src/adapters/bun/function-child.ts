import { existsSync, realpathSync } from "node:fs";
import { runGuest } from "../process/guest-io.ts";
import { confineAndRun } from "./confine/confine.ts";

/** What a child is told on its command line. */
export interface ChildPlan {
  /** Folders and files that functions may read. */
  readonly read: readonly string[];
  /** The project: its folders may be listed, so that packages are found. */
  readonly project: string;
  /** The command that starts this program. */
  readonly self: readonly string[];
  /** Bytes of address space. */
  readonly memory: number;
}

/** The argument with which the executable becomes a child. */
export const CHILD_ARGUMENT = "__functions";

const CONFINED = "confined:";

/**
 * Runs as a child, given what stands after `CHILD_ARGUMENT`. It first confines itself and starts the program again in
 * its own place; where that is not possible it goes on as it is, and says so.
 */
export function runFunctionChild(argument: string | undefined): void {
  if (argument?.startsWith(CONFINED)) {
    process.chdir(argument.slice(CONFINED.length));
    serve("no files but the project's, no network, no processes (Landlock, seccomp, limits)", true);
    return;
  }
  const { read, project, self, memory }: ChildPlan = JSON.parse(argument ?? "");
  const reason = confineAndRun(
    { read: read.filter((path) => existsSync(path)).map((path) => realpathSync(path)), list: [project], memory },
    [...self, CHILD_ARGUMENT, `${CONFINED}${project}`],
  );
  process.chdir(project);
  serve(`none: ${reason}`, false);
}

function serve(sandbox: string, confined: boolean): void {
  runGuest({
    sandbox,
    confined,
    provide(module, files) {
      Bun.plugin({
        name: "bakend",
        setup(build) {
          build.module("bakend", () => ({ exports: { ...module }, loader: "object" }));
          // packages are left to the runtime: what it makes of their kinds of modules, no plugin does
          const paths = [...files.keys()].map((path) => path.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
          build.onLoad({ filter: new RegExp(`^(?:${paths.join("|")})$`) }, ({ path, loader }) => ({
            contents: files.get(path) ?? "",
            loader,
          }));
        },
      });
    },
  });
}
