import type { Command } from "./command.ts";

/** The list of commands. */
export function overview(commands: readonly Command[]): string {
  const lines = commands.map((command) => [`bak ${command.name}`, command.summary] as const);
  return `One executable, one database, one admin panel.\n\n${columns(lines)}\n\n"bak help COMMAND" tells more about each.\n`;
}

/** Everything about one command. */
export function commandHelp(command: Command): string {
  const options = Object.entries(command.options).map(([name, { short, value, summary }]) => {
    const flags = `${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
    return [flags, summary] as const;
  });
  const parts = [
    `bak ${command.name} ${command.usage}`.trimEnd(),
    command.summary,
    ...(command.details === undefined ? [] : [command.details]),
    columns([...options, ["-h, --help", "this text"]]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
