import { existsSync } from "node:fs";
import type { Collections } from "../../core/collections/index.ts";
import type { CommandInput } from "../command.ts";
import { openProjectApp } from "../open-app.ts";
import { type Project, readProject } from "../project.ts";

/** The definitions of a project, on both sides. */
export interface Sides {
  readonly project: Project;
  /** What the files say, not yet validated. */
  readonly declared: readonly unknown[];
  readonly schema: Collections["schema"];
}

/**
 * Opens a project without applying anything. `create: false` looks at an empty database in the place of one that does
 * not exist yet, so that a look leaves no file behind.
 */
export async function withSides<T>(
  { options, io }: Pick<CommandInput, "options" | "io">,
  { create }: { readonly create: boolean },
  work: (sides: Sides) => Promise<T>,
): Promise<T> {
  const project = await readProject(options.config, io);
  const { database } = project.config;
  const missing = !create && database !== ":memory:" && !existsSync(database);
  const config = { ...project.config, ...(missing ? { database: ":memory:" } : {}) };
  const app = await openProjectApp({ ...project, config }, io, {
    migrations: "manual",
    warnings: false,
  });
  try {
    const declared = project.collections.map(({ definition }) => definition);
    return await work({ project, declared, schema: app.collections.schema });
  } finally {
    await app.close();
  }
}
