import { fileURLToPath } from "node:url";
import type { FunctionRunner } from "../../core/functions/index.ts";
import { findFunctions } from "../process/function-files.ts";
import { createOutbound } from "../process/outbound.ts";
import { type ProjectFunctions, type Readable, readableOf } from "../process/project-functions.ts";
import { type ChildCommand, spawnChild } from "../process/spawn-child.ts";
import { processorTimes } from "../process/usage.ts";
import { confiner, OPENED } from "./confine/confine.ts";
import type { Program } from "./confine/program.ts";
import { CHILD_ARGUMENT } from "./function-child.ts";
import { embedded } from "./module-url.ts";

/** Address space that the runtime takes for itself: reserved, for the most part never used. */
const RUNTIME_SPACE = 640 * 1024 * 1024;

/** Memory that the runtime itself holds. */
const RUNTIME_MEMORY = 96 * 1024 * 1024;

/** Runs a project's functions in processes of their own, confined where the system can (Linux on x86-64 and arm64). */
export function functionProcesses(functions: ProjectFunctions): FunctionRunner {
  const { project, env, hosts, memory } = functions;
  const most = RUNTIME_MEMORY + memory;
  const self = ownCommand();
  const [program = "", ...first] = self.command;
  const args = [...first, CHILD_ARGUMENT, project];
  const common = { cwd: "/", memory: 1.25 * most };
  // which folders packages are linked to is looked up with every version of the functions
  let readable: Readable = { read: [], list: project };
  let launcher: Program | null = null;
  const commandOf = (): ChildCommand => {
    const found = confiner();
    if (typeof found === "string") return { ...common, program, args: [...args, found] };
    const { read, list } = readable;
    const confinement = { read: [...read, ...self.sources], list: [list], memory: RUNTIME_SPACE + memory };
    const made = launcher ?? found.launcher(confinement, [program, ...args]);
    launcher = made;
    return { ...common, program: OPENED, args: [], open: () => found.open(made) };
  };
  return {
    source: () => {
      readable = readableOf(functions);
      launcher = null;
      return findFunctions(functions);
    },
    spawn: (listener) => spawnChild(commandOf, listener),
    env,
    memory: most,
    processors: processorTimes,
    fetch: createOutbound(hosts),
  };
}

/** How this program is started again as a child, and what of it a confined child must be able to read. */
function ownCommand(): { readonly command: readonly string[]; readonly sources: readonly string[] } {
  if (embedded !== undefined) return { command: [process.execPath], sources: [] };
  const here = import.meta.url;
  const entry = fileURLToPath(new URL("./function-entry.ts", here));
  return { command: [process.execPath, "--smol", entry], sources: [fileURLToPath(new URL("../../", here))] };
}
