import type { Command } from "../command.ts";
import { adminCommands } from "./admin.ts";
import { devCommand } from "./dev.ts";
import { exportCommand } from "./export.ts";
import { createHelpCommand } from "./help.ts";
import { importCommand } from "./import.ts";
import { initCommand } from "./init.ts";
import { migrateCommands } from "./migrate.ts";
import { rulesCommands } from "./rules.ts";
import { startCommand } from "./start.ts";
import { versionCommand } from "./version.ts";

const work: readonly Command[] = [
  initCommand,
  startCommand,
  devCommand,
  ...adminCommands,
  importCommand,
  exportCommand,
  ...migrateCommands,
  ...rulesCommands,
  versionCommand,
];

/** Everything that `bak` can do, in the order of its help. */
export const commands: readonly Command[] = [...work, createHelpCommand(work)];
