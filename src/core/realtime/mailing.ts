import type { Client } from "./client.ts";

/** What one client is told, by the ids of its subscriptions that hear of it. */
export type Addressee<W> = readonly [client: Client<W>, ids: readonly string[]];

/** Sends messages to many. */
export interface Mailing<W> {
  /**
   * Sends one message to each of these, and lets others do something in between; `rest` is the message after its type and
   * ids, and `cursor` where a client stands once it has it, empty for what is in no stream. Returns the clients that do not
   * keep up.
   */
  send(type: string, rest: string, cursor: string, to: Iterable<Addressee<W>>): Promise<ReadonlySet<Client<W>>>;
  /** Messages that were sent so far. */
  sent(): number;
}

/** Messages that are sent in one go: a request that comes meanwhile waits for no more than these. */
const AT_ONCE = 100;

/** Makes a way to send to many; `defer` runs a task once the current one is over. */
export function createMailing<W>(defer: (task: () => void) => void): Mailing<W> {
  let sent = 0;
  return {
    async send(type, rest, cursor, to) {
      const slow = new Set<Client<W>>();
      let text = "";
      let last: readonly string[] = [];
      for (const [client, ids] of to) {
        // most clients name their subscriptions alike
        if (!isSame(ids, last)) text = `{"type":"${type}","ids":${JSON.stringify(ids)},${rest}`;
        last = ids;
        client.sendText(text, cursor);
        if (client.isSlow()) slow.add(client);
        sent += 1;
        if (sent % AT_ONCE === 0) await new Promise<void>(defer);
      }
      return slow;
    },
    sent: () => sent,
  };
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one, index) => one === others[index]);
}
