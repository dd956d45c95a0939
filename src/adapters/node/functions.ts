import * as nodeModule from "node:module";
import { fileURLToPath } from "node:url";
import type { FunctionRunner } from "../../core/functions/index.ts";
import { findFunctions } from "../process/function-files.ts";
import { createOutbound } from "../process/outbound.ts";
import { type ProjectFunctions, readableOf } from "../process/project-functions.ts";
import { type ChildCommand, spawnChild } from "../process/spawn-child.ts";
import { processorTimes } from "../process/usage.ts";

/** Memory that the runtime itself holds. */
const RUNTIME_MEMORY = 96 * 1024 * 1024;

/**
 * Runs a project's functions in processes of their own, under Node's permission model (22.18 or later): no files but the
 * project's, no processes, no threads. The network is open to code that does not use `fetch`: against mistakes this
 * protects, against hostile code it does not.
 */
export function functionProcesses(functions: ProjectFunctions): FunctionRunner {
  if (typeof nodeModule.registerHooks !== "function") throw new Error("Functions need Node 22.18 or later.");
  const { project, env, hosts, memory } = functions;
  const most = RUNTIME_MEMORY + memory;
  const here = import.meta.url;
  const entry = fileURLToPath(new URL(here.endsWith(".ts") ? "./function-entry.ts" : "./function-entry.js", here));
  const own = fileURLToPath(new URL("../../", here));
  const commandOf = (read: readonly string[]): ChildCommand => ({
    program: process.execPath,
    args: [
      "--permission",
      ...read.map((path) => `--allow-fs-read=${path}`),
      `--max-old-space-size=${Math.ceil(memory / 1024 ** 2)}`,
      "--disable-warning=ExperimentalWarning",
      entry,
    ],
    cwd: project,
    memory: 1.25 * most,
  });
  // which folders packages are linked to is looked up with every version of the functions
  let command = commandOf([]);
  return {
    source: () => {
      command = commandOf([...readableOf(functions).read, own]);
      return findFunctions(functions);
    },
    spawn: (listener) => spawnChild(() => command, listener),
    env,
    memory: most,
    processors: processorTimes,
    fetch: createOutbound(hosts),
  };
}
