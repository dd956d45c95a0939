import { type Command, EXIT, UsageError } from "../command.ts";
import { commandHelp, overview } from "../help.ts";

/** `bak help [COMMAND]`, about the commands given and itself. */
export function createHelpCommand(others: readonly Command[]): Command {
  const help: Command = {
    name: "help",
    summary: "tells what there is, or everything about one command",
    usage: "[COMMAND]",
    positionals: { min: 0, max: 2 },
    options: {},
    async run({ positionals, io }) {
      const all = [...others, help];
      if (positionals.length === 0) {
        io.out(overview(all));
        return EXIT.ok;
      }
      const name = positionals.join(" ");
      const named = all.filter((command) => command.name === name || command.name.startsWith(`${name} `));
      if (named.length === 0) throw new UsageError(`there is no command "${name}"`);
      io.out(named.map(commandHelp).join("\n"));
      return EXIT.ok;
    },
  };
  return help;
}
