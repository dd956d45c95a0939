import { serveBun } from "../../adapters/bun/serve.ts";
import { type Command, type CommandOption, UsageError } from "../command.ts";
import { openLogger } from "../logger.ts";
import { openApp } from "../open-app.ts";
import { configOption, type Project, readProject } from "../project.ts";
import { newSecret } from "../secret.ts";
import { serveUntilSignal } from "../serve.ts";

/** Options of every command that listens. */
export const listenOptions: Readonly<Record<string, CommandOption>> = {
  config: configOption,
  port: { type: "string", short: "p", value: "PORT", summary: "instead of the configuration's; 0 takes any free one" },
  host: { type: "string", value: "HOST", summary: "instead of the configuration's" },
  json: { type: "boolean", summary: "says that it is ready in one line of JSON" },
};

/** `bak start`. */
export const startCommand: Command = {
  name: "start",
  summary: "serves a project",
  usage: "[--config FILE]",
  details:
    "Stops in order on SIGINT and SIGTERM: running requests finish, the database is closed. Logs go to the standard error.",
  positionals: { min: 0, max: 0 },
  options: listenOptions,
  async run({ options, io }) {
    const project = withListenOptions(await readProject(options.config, io), options);
    const log = openLogger(project.config, io.env);
    return serveUntilSignal({
      config: project.config,
      file: project.file,
      logger: log.logger,
      io,
      serve: serveBun,
      json: options.json === true,
      open: (stopping) => openApp(project, log, newSecret(), io.env, { stopping }),
    });
  },
};

/** A project with `--port` and `--host` in the place of its own. Throws `UsageError`. */
export function withListenOptions(
  project: Project,
  options: Readonly<Record<string, string | boolean | undefined>>,
): Project {
  const { port, host } = options;
  if (typeof port === "string" && !(/^\d{1,5}$/.test(port) && Number(port) <= 65_535)) {
    throw new UsageError(`--port ${port}: a port is a number from 0 to 65535`);
  }
  const config = {
    ...project.config,
    ...(typeof port === "string" ? { port: Number(port) } : {}),
    ...(typeof host === "string" ? { host } : {}),
  };
  return { ...project, config };
}
