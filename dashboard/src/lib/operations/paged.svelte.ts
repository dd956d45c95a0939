import { untrack } from "svelte";
import type { Page } from "../../../../sdk/javascript/index.ts";
import { messageOf } from "../state/notices.svelte.ts";

/** Milliseconds without a key that end a word. */
const PAUSE = 250;

/** One page of a list that goes on with whatever `next` holds: a place, or a cursor. */
export interface Pages<T> extends Omit<Page<T>, "next"> {
  readonly next: string | number | null;
}

/**
 * A list that is read page by page. `read` is asked for the first page without a place, and for further ones with the
 * `next` of the page before. An answer to a question that was asked anew meanwhile is thrown away.
 */
export class Paged<T, P extends Pages<T> = Pages<T>> {
  items = $state.raw<readonly T[]>([]);
  /** Where the list goes on; null at its end. */
  next = $state.raw<string | number | null>(null);
  /** The last page as it was answered; null before the first one. */
  page = $state.raw<P | null>(null);
  busy = $state(false);
  /** Why the list could not be read; empty if it could. */
  failure = $state("");
  /** What was thrown with it. */
  error = $state.raw<unknown>(null);
  readonly #read: (place: string | number | undefined) => Promise<P>;
  #question = 0;

  constructor(read: (place: string | number | undefined) => Promise<P>) {
    this.#read = read;
  }

  /** Whether anything is known yet. */
  get loaded(): boolean {
    return this.page !== null;
  }

  /** Reads the first page in the place of all that is there. */
  load(): Promise<void> {
    return this.#ask(undefined);
  }

  /**
   * Reads the first page once nobody has typed for a moment, the very first time at once. For an effect that what is asked for
   * sets off: returns what takes it back.
   */
  ask(): () => void {
    const asked = setTimeout(
      () => void this.load(),
      untrack(() => (this.loaded ? PAUSE : 0)),
    );
    return () => clearTimeout(asked);
  }

  /** Reads the next page. */
  more(): Promise<void> {
    return this.next === null || this.busy ? Promise.resolve() : this.#ask(this.next);
  }

  /**
   * Reads the first page again, without leaving the pages that were read after it: what came is put in front, what is
   * known (by `keyOf`) takes the place of what it was.
   */
  async renew(keyOf: (item: T) => unknown): Promise<void> {
    const before = this.items;
    const next = this.next;
    const first = this.page;
    await this.load();
    if (first === null || this.failure !== "") return;
    const fresh = new Set(this.items.map(keyOf));
    const kept = before.filter((item) => !fresh.has(keyOf(item)));
    // nothing in common: there is a gap between the two
    if (kept.length === before.length && before.length > 0 && this.next !== null) return;
    this.items = [...this.items, ...kept];
    this.next = kept.length > 0 ? next : this.next;
  }

  async #ask(place: string | number | undefined): Promise<void> {
    const question = ++this.#question;
    this.busy = true;
    try {
      const page = await this.#read(place);
      if (question !== this.#question) return;
      this.page = page;
      this.items = place === undefined ? page.items : [...this.items, ...page.items];
      this.next = page.next;
      this.failure = "";
      this.error = null;
    } catch (error) {
      if (question !== this.#question) return;
      this.failure = messageOf(error);
      this.error = error;
    } finally {
      if (question === this.#question) this.busy = false;
    }
  }
}
