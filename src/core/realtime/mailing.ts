import { getOrAdd } from "../../tools/index.ts";
import type { Client, Subscription } from "./client.ts";

/** One message, for all who are told the same. */
export interface Letter {
  /** The message as one client gets it, by the ids of its subscriptions that hear of it. */
  textFor(ids: readonly string[]): string;
  /** Where a client stands once it has it; empty for what is in no stream. */
  readonly cursor: string;
}

/** Messages on their way: each client gets its own in the order in which they were added. */
export interface Post<W> {
  /** Tells a subscription, unless it has ended by then; a client gets one letter once, for all its subscriptions. */
  add(subscription: Subscription<W>, letter: Letter): void;
  /** Sends it all, and lets others do something in between; returns the clients that do not keep up. */
  send(): Promise<ReadonlySet<Client<W>>>;
}

/** Sends to many. */
export interface Mailing<W> {
  /** Begins a post. A `patient` one is handed over whole: whoever sends it looks beforehand who keeps up. */
  post(options?: { readonly patient?: boolean }): Post<W>;
  /** Messages that were sent so far. */
  sent(): number;
}

/** What has happened that is told together, where it has piled up: one letter each, in one post. */
export const TOGETHER = 16;

/** Messages that are sent in one go: a request that comes meanwhile waits for no more than these. */
const AT_ONCE = 50;

/** Makes a letter; `rest` is the message after its type and ids. */
export function createLetter(type: string, rest: string, cursor: string): Letter {
  let text = "";
  let last: readonly string[] = [];
  return {
    cursor,
    textFor(ids) {
      // most clients name their subscriptions alike
      if (!isSame(ids, last)) text = `{"type":"${type}","ids":${JSON.stringify(ids)},${rest}`;
      last = ids;
      return text;
    },
  };
}

/** Makes a way to send to many; `defer` runs a task once the current one is over. */
export function createMailing<W>(defer: (task: () => void) => void): Mailing<W> {
  let sent = 0;
  /** How many have been sent when others have their turn again. */
  let next = AT_ONCE;

  /** Hands over what one client gets, until it does not keep up: it is told then that it has missed the rest. */
  function hand(client: Client<W>, parcels: readonly Parcel<W>[], slow: Set<Client<W>> | null): void {
    for (const { letter, to } of parcels) {
      const ids = to.filter((one) => !one.ended).map((one) => one.id);
      if (ids.length === 0) continue;
      // whoever is told of the present stands there with all subscriptions, those of which nothing happens too
      client.sendText(letter.textFor(ids), letter.cursor, isPresent(client) ? undefined : ids);
      sent += 1;
      if (slow === null || !client.isSlow()) continue;
      slow.add(client);
      return;
    }
  }

  return {
    post({ patient = false } = {}) {
      const parcels = new Map<Client<W>, Parcel<W>[]>();
      return {
        add(subscription, letter) {
          const mine = getOrAdd(parcels, subscription.client, () => []);
          const same = mine.findLast((one) => one.letter === letter);
          if (same) same.to.push(subscription);
          else mine.push({ letter, to: [subscription] });
        },
        async send() {
          const slow = new Set<Client<W>>();
          for (const [client, mine] of parcels) {
            // each message that leaves by itself is a call of the system
            if (mine.length === 1) hand(client, mine, patient ? null : slow);
            else client.together(() => hand(client, mine, patient ? null : slow));
            if (sent < next) continue;
            await new Promise<void>(defer);
            next = sent + AT_ONCE;
          }
          return slow;
        },
      };
    },
    sent: () => sent,
  };
}

interface Parcel<W> {
  readonly letter: Letter;
  readonly to: Subscription<W>[];
}

function isPresent<W>({ subscriptions }: Client<W>): boolean {
  for (const one of subscriptions.values()) if (!one.live) return false;
  return true;
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one, index) => one === others[index]);
}
