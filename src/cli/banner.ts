import type { Durability } from "../core/database/index.ts";
import type { LoadReport } from "../core/functions/index.ts";

/** What is told when the server is ready. */
export interface StartFacts {
  readonly version: string;
  readonly url: string;
  readonly database: string;
  readonly durability: Durability;
  readonly collections: number;
  readonly functions: LoadReport;
  readonly docs: boolean;
  /** Where the admin panel is; null where it has not been built. */
  readonly panel: string | null;
  /** Where the first admin is made, once; null if there is one. */
  readonly setup: string | null;
  readonly config: string;
  /** Milliseconds since the process began. */
  readonly ms: number;
}

/** What an acknowledged write survives, in words. */
export const PROMISES: Readonly<Record<Durability, string>> = {
  full: "every acknowledged write is on disk: survives power loss",
  normal: "survives a crash of the process; a power loss may take the last moments",
};

/** The lines for people. */
export function humanBanner(facts: StartFacts): string {
  const rows: (readonly [string, string])[] = [
    ...(facts.panel ? ([["panel", facts.panel]] as const) : []),
    ["API", `${facts.url}/api`],
    ...(facts.docs ? ([["docs", `${facts.url}/api/docs`]] as const) : []),
    ["health", `${facts.url}/health`],
    ["database", facts.database],
    ["durability", `${facts.durability}: ${PROMISES[facts.durability]}`],
    ["collections", String(facts.collections)],
    ...(facts.functions.files > 0 || !facts.functions.ok
      ? ([["functions", functionsLine(facts.functions)]] as const)
      : []),
    ["config", facts.config],
    ...(facts.setup ? ([["first admin", facts.setup]] as const) : []),
  ];
  const lines = rows.map(([name, value]) => `  ${name.padEnd(11)}  ${value}`);
  return `Bakend ${facts.version}, ready in ${facts.ms} ms\n\n${lines.join("\n")}\n\n${nextStep(facts)}\n`;
}

/** The same as one line of JSON. */
export function jsonBanner(facts: StartFacts): string {
  const { url, docs, panel, functions: report, ...rest } = facts;
  const { ok, functions, confined } = report;
  const addresses = {
    ...{ api: `${url}/api`, health: `${url}/health` },
    ...(docs ? { docs: `${url}/api/docs` } : {}),
    ...(panel ? { panel } : {}),
  };
  return `${JSON.stringify({ event: "ready", url, addresses, promise: PROMISES[facts.durability], functions: { ok, functions, confined }, ...rest })}\n`;
}

/** How many there are, and plainly what confines them, or that nothing does. */
function functionsLine({ ok, files, functions, sandbox, confined }: LoadReport): string {
  if (!ok) return "NOT LOADED: see the log";
  const held = confined ? "confined" : "NOT CONFINED against hostile code";
  return `${functions} in ${files} ${files === 1 ? "file" : "files"}; ${held}: ${sandbox}`;
}

function nextStep({ collections, docs, panel, setup, url }: StartFacts): string {
  if (setup)
    return `Next: open the link to the first admin${panel ? ", which goes on to the panel" : ""}. Ctrl-C stops.`;
  if (panel) return `Next: open ${panel}. Ctrl-C stops.`;
  if (collections === 0) return "There are no collections yet: put a definition into collections/NAME.json.";
  return docs ? `Next: open ${url}/api/docs. Ctrl-C stops.` : "Ctrl-C stops.";
}
