import type { Random } from "../core/rules/random.ts";
import type { Ledger, Row, Write } from "./ledger.ts";
import { nextWrite } from "./writes.ts";

/** What the clients need. */
export interface ClientsOptions {
  /** Where to send writes; client number `n` takes the one at `n` modulo their count. */
  readonly urls: readonly string[];
  readonly connections: number;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly teams: readonly Row[];
  readonly hot: readonly Row[];
  next(): number;
}

/** Clients at work. */
export interface Clients {
  /** Lets each finish the write it is at, then stop. A client whose server is gone stops by itself. */
  stop(): void;
  /** Resolves when all have stopped, to the answers that were not as expected. */
  readonly done: Promise<readonly string[]>;
}

/** Sets clients to work, each with one write under way at any time. */
export function startClients(options: ClientsOptions): Clients {
  const { ledger, random, teams, hot, next, urls, connections } = options;
  const faults: string[] = [];
  let stopped = false;

  async function client(number: number): Promise<void> {
    const url = urls[number % urls.length] ?? "";
    const own: Row[] = [];
    while (!stopped) {
      const write = nextWrite({ random, own, teams, hot, next });
      const outcome = await send(url, write);
      if (outcome === null) {
        ledger.lose(write);
        return;
      }
      const { status, version, text } = outcome;
      if (!write.expect.includes(status)) faults.push(`${write.method} ${write.path}: ${status} ${text.slice(0, 300)}`);
      if (status > 299) continue;
      const fault = ledger.accept(write, version);
      if (fault !== null) faults.push(fault);
      keepOwn(own, write);
    }
  }

  const all = Promise.all(Array.from({ length: connections }, (_, number) => client(number)));
  return {
    stop() {
      stopped = true;
    },
    done: all.then(() => faults),
  };
}

/** Sends a write and reads the whole answer. Null if there was none, or not all of it. */
export async function send(url: string, { method, path, body, headers }: Omit<Write, "effects" | "expect">) {
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const etag = response.headers.get("etag");
    const replayed = response.headers.get("idempotent-replayed") === "true";
    return { status: response.status, text, replayed, version: etag === null ? null : Number(etag.slice(1, -1)) };
  } catch {
    return null;
  }
}

/** A client goes on with some of the rows it has made: enough to choose from, few enough that they get old. */
function keepOwn(own: Row[], { effects }: Write): void {
  for (const { before, after } of effects) {
    const at = before === null ? -1 : own.findIndex((row) => row.code === before.code);
    if (after === null) own.splice(at, 1);
    else if (at >= 0) own[at] = after;
    else if (own.length < 30 && after.batch === null) own.push(after);
  }
}
