import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ProjectFunctions } from "../../src/adapters/process/project-functions.ts";
import type { FunctionRunner } from "../../src/core/functions/index.ts";
import { createLogger } from "../../src/core/logging/index.ts";
import { openWorld, type World } from "./accounts.ts";
import type { TestAppOptions } from "./app.ts";

/** Whether functions are confined where these tests run: only there hostile code has a boundary to run into. */
export const CONFINED = "Bun" in globalThis && process.platform === "linux";

/** The runner that this runtime is served with. */
export async function runnerOnThisRuntime(functions: ProjectFunctions): Promise<FunctionRunner> {
  return "Bun" in globalThis
    ? (await import("../../src/adapters/bun/functions.ts")).functionProcesses(functions)
    : (await import("../../src/adapters/node/functions.ts")).functionProcesses(functions);
}

/** An app whose functions are files in a folder of its own. */
export interface FunctionWorld extends World {
  readonly folder: string;
  /** What was logged so far: `error: the function x failed {...}`. */
  readonly lines: string[];
  write(path: string, text: string): void;
  remove(path: string): void;
  /** Calls `/api/functions` + path. */
  get(path: string): ReturnType<World["call"]>;
}

/** What a world with functions is made of. */
export interface FunctionWorldOptions extends TestAppOptions {
  /** The files of the project, by path: `functions/hello.ts`. */
  readonly files: Readonly<Record<string, string>>;
  /** Where the project is in the folder that is made for it, which may be a workspace: `apps/api`. */
  readonly at?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly hosts?: readonly string[];
  readonly folders?: readonly string[];
  readonly memory?: number;
}

/** Opens an app with accounts and real functions. */
export async function openFunctions({
  files,
  at = ".",
  env = {},
  hosts = [],
  folders = [],
  memory = 128 * 1024 * 1024,
  ...options
}: FunctionWorldOptions): Promise<FunctionWorld> {
  const base = mkdtempSync(join(tmpdir(), "bakend-functions-"));
  const folder = join(base, at);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  const lines: string[] = [];
  const logger = createLogger({
    level: "debug",
    sinks: [
      {
        write(entries) {
          for (const { level, message, fields } of entries)
            lines.push(`${level}: ${message} ${JSON.stringify(fields)}`);
        },
      },
    ],
  });
  const runner = await runnerOnThisRuntime({
    project: folder,
    jobs: join(folder, "jobs"),
    folder: join(folder, "functions"),
    env,
    hosts,
    folders: folders.map((path) => join(folder, path)),
    closed: [join(folder, "closed")],
    memory,
  });
  const world = await openWorld({ runner, logger, stopwatch: () => performance.now(), ...options });
  return {
    ...world,
    folder,
    lines,
    write,
    remove: (path) => rmSync(join(folder, path)),
    get: (path) => world.call("GET", `/api/functions${path}`),
    async close() {
      await world.close();
      rmSync(base, { recursive: true, force: true });
    },
  };
}
