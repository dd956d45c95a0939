import { existsSync, realpathSync } from "node:fs";
import { confineAndRun } from "./confine/confine.ts";
import { CHILD_ARGUMENT, type ChildPlan } from "./function-child.ts";
import { moduleUrl } from "./module-url.ts";

// The first thing of a child: it confines itself and starts the program again in its own place; where that is not possible
// it goes on as it is, and says so. What it is for, it loads only then: of two starts one is short.

const CONFINED = "confined:";

const [, , , argument = ""] = process.argv;
if (argument.startsWith(CONFINED)) {
  process.chdir(argument.slice(CONFINED.length));
  await serve("no files but the project's, no network, no processes (Landlock, seccomp, limits)", true);
} else {
  const { read, list, project, self, memory }: ChildPlan = JSON.parse(argument);
  const reason = confineAndRun(
    { read: read.filter((path) => existsSync(path)).map((path) => realpathSync(path)), list: [list], memory },
    [...self, CHILD_ARGUMENT, `${CONFINED}${project}`],
  );
  process.chdir(project);
  await serve(`none: ${reason}`, false);
}

async function serve(sandbox: string, confined: boolean): Promise<void> {
  const guest: typeof import("./function-guest.ts") = await import(moduleUrl("adapters/bun/function-guest").href);
  guest.serveFunctions(sandbox, confined);
}
