import { toIso } from "../../tools/index.ts";
import type { LogEntry, LogFields, LogLevel } from "./entry.ts";

const COLOURS: Readonly<Record<LogLevel, string>> = { debug: "90", info: "36", warn: "33", error: "31" };
const RESERVED: ReadonlySet<string> = new Set(["time", "level", "message"]);

/** One entry as one line of JSON, without the newline. Fields stand beside `time`, `level` and `message`. */
export function formatJson({ time, level, message, fields }: LogEntry): string {
  const rest = JSON.stringify(hasReserved(fields) ? renamed(fields) : fields);
  const head = `{"time":"${toIso(time)}","level":"${level}","message":${JSON.stringify(message)}`;
  return rest === "{}" ? `${head}}` : `${head},${rest.slice(1)}`;
}

function hasReserved(fields: LogFields): boolean {
  return "time" in fields || "level" in fields || "message" in fields;
}

function renamed(fields: LogFields): LogFields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [RESERVED.has(key) ? `${key}_` : key, value]));
}

/**
 * One entry for people, without the newline: `12:00:00.000 INFO  message  key=value`. An error's stack follows on
 * indented lines of its own. Control characters are escaped, so that no value can forge a line.
 */
export function formatHuman({ time, level, message, fields }: LogEntry, colour = false): string {
  const paint = (text: string, code: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const clock = new Date(time).toISOString().slice(11, 23);
  const words = [paint(clock, "90"), paint(level.toUpperCase().padEnd(5), COLOURS[level]), escapeControls(message)];
  const stacks: string[] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    words.push(`${paint(`${escapeControls(key)}=`, "90")}${formatValue(value)}`);
    const stack = stackOf(value);
    if (stack !== undefined) stacks.push(...stack.split("\n").slice(1).map(escapeControls));
  }
  return [words.join(" "), ...stacks.map((line) => paint(`    ${line.trim()}`, "90"))].join("\n");
}

function formatValue(value: unknown): string {
  if (stackOf(value) !== undefined)
    return formatValue(`${Reflect.get(Object(value), "name")}: ${Reflect.get(Object(value), "message")}`);
  if (typeof value !== "string") return escapeControls(JSON.stringify(value) ?? String(value));
  return /^[^\s"=]+$/.test(value) ? escapeControls(value) : escapeControls(JSON.stringify(value));
}

/** The stack of an error as `redactFields` leaves it. */
function stackOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("stack" in value)) return undefined;
  return typeof value.stack === "string" ? value.stack : undefined;
}

function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
