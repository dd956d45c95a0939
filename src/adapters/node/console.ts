import { formatHuman, formatJson, type LogSink } from "../../core/logging/index.ts";

/** The parts of a process's stream that are needed. */
export interface ConsoleStream {
  readonly isTTY?: boolean;
  write(text: string, done?: (error?: Error | null) => void): boolean;
}

/** How log lines look on a stream. */
export interface ConsoleOptions {
  readonly stream: ConsoleStream;
  /** `auto`: for people on a terminal, JSON lines elsewhere. */
  readonly format: "auto" | "human" | "json";
  /** The environment: `NO_COLOR` (https://no-color.org) switches colours off. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Writes log lines to a stream, and waits for it to take them. */
export function consoleSink({ stream, format, env }: ConsoleOptions): LogSink {
  const terminal = stream.isTTY === true;
  const human = format === "human" || (format === "auto" && terminal);
  const colour = terminal && (env.NO_COLOR ?? "") === "";
  const line = human ? (entry: Parameters<typeof formatHuman>[0]) => formatHuman(entry, colour) : formatJson;
  return {
    write(entries) {
      const text = `${entries.map(line).join("\n")}\n`;
      return new Promise((resolve) => {
        stream.write(text, () => resolve());
      });
    },
  };
}
