import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { CliError, type Command, EXIT, UsageError } from "../command.ts";
import { type NewFile, newProject } from "../new-project.ts";
import { newSecret } from "../secret.ts";

/** `bak init`. */
export const initCommand: Command = {
  name: "init",
  summary: "makes a new project in a folder",
  usage: "DIR [--force]",
  details: "The folder has to be empty or not there yet. Files that exist are never overwritten.",
  positionals: { min: 1, max: 1 },
  options: { force: { type: "boolean", short: "f", summary: "takes a folder that is not empty; its files are kept" } },
  async run({ positionals: [name = "."], options, io }) {
    const folder = resolve(io.cwd, name);
    const taken = existsSync(folder) ? await entriesOf(folder) : [];
    if (taken.length > 0 && options.force !== true) {
      throw new UsageError(`${folder} is not empty; --force adds the missing files`);
    }
    for (const file of newProject(newSecret())) {
      const made = await writeNew(folder, file);
      io.out(`${made ? "made" : "kept"}  ${join(name, file.path)}\n`);
    }
    const config = relative(io.cwd, join(folder, "bakend.json"));
    io.out(`\nNext: bak dev --config ${config}\n`);
    return EXIT.ok;
  },
};

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    throw new CliError(`${folder} is no folder that can be read`);
  }
}

/** Writes a file unless there is one. */
async function writeNew(folder: string, { path, text, secret }: NewFile): Promise<boolean> {
  const target = join(folder, path);
  await mkdir(dirname(target), { recursive: true });
  try {
    await writeFile(target, text, { flag: "wx", mode: secret ? 0o600 : 0o644 });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}
