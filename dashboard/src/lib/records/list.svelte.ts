import { SvelteSet } from "svelte/reactivity";
import type { ChannelListener, ConnectionState, Page } from "../../../../sdk/javascript/index.ts";
import { client } from "../api/client.ts";
import { follow } from "../api/live.ts";
import { get } from "../api/request.ts";
import type { CollectionDefinition, RecordData } from "../api/types.ts";
import { messageOf } from "../state/notices.svelte.ts";
import { inserted, replaced } from "./merge.ts";
import { Names } from "./names.svelte.ts";

/** What is asked for: each as the API takes it, empty for nothing. */
export interface Wish {
  readonly filter: string;
  readonly search: string;
  readonly sort: string;
}

const PAGE_SIZE = 50;
const LIT_FOR = 2500;

/** Records of a collection, page by page, kept as they are now by what realtime tells of them. */
export class RecordList {
  items = $state.raw<readonly RecordData[]>([]);
  total = $state(0);
  /** Where the next page begins; null at the end. */
  next = $state<string | null>(null);
  isLoading = $state(true);
  /** Whether there is an answer to what was asked for last. */
  isLoaded = $state(false);
  fault = $state("");
  /** How many came since that are not shown, because only the server knows their place. */
  unseen = $state(0);
  /** The ids of those that have just come or changed. */
  readonly lit = new SvelteSet<string>();
  readonly names = new Names();
  readonly #collection: () => CollectionDefinition;
  #wish: Wish = { filter: "", search: "", sort: "" };
  /** Counts what was asked for: an answer to an older question is dropped. */
  #round = 0;
  /** What is known to be made, and to be gone: what is told of it again counts once. */
  #made = new Set<string>();
  #gone = new Set<string>();
  /** What was told while an answer was under way, which may be older. */
  #heard = new Map<string, { readonly record: RecordData; readonly isNew: boolean }>();

  constructor(collection: () => CollectionDefinition) {
    this.#collection = collection;
  }

  /** Shows what is asked for, and follows it until the function that is returned is called. */
  show(wish: Wish): () => void {
    this.#wish = wish;
    const { name, kind } = this.#collection();
    const stops =
      kind === "view" ? [] : [follow(`${name}.*`, this.#follower(), wish.filter || undefined), this.#catchUp()];
    void this.load();
    return () => {
      this.#round += 1;
      for (const stop of stops) stop();
    };
  }

  /** Reads the first page anew. */
  async load(): Promise<void> {
    this.#gone.clear();
    await this.#read(undefined, ({ items, next, total = 0 }) => {
      this.items = items;
      this.next = next;
      this.total = total;
      this.unseen = 0;
      this.isLoaded = true;
      for (const { record, isNew } of this.#heard.values()) this.#place(record, isNew);
    });
  }

  /** Reads the next page. */
  async more(): Promise<void> {
    if (this.next === null || this.isLoading) return;
    await this.#read(this.next, ({ items, next }) => {
      const here = new Set(this.items.map(({ id }) => id));
      this.items = [...this.items, ...items.filter(({ id }) => !here.has(id))];
      this.next = next;
    });
  }

  /** Takes in what was written on this page. Where a new record belongs, if anywhere, the server knows. */
  written(record: RecordData, isNew: boolean): void {
    if (!isNew) this.items = replaced(this.items, record);
    else if (this.#wish.filter === "" && this.#isNewestFirst()) this.#hear(record, true);
    else void this.load();
    this.names.find(this.#collection(), [record]);
  }

  /** Takes out a record that is gone, or fits no longer. */
  drop(id: string): void {
    if (this.#gone.has(id)) return;
    this.#gone.add(id);
    this.items = this.items.filter((one) => one.id !== id);
    this.total = Math.max(0, this.total - 1);
  }

  #isNewestFirst(): boolean {
    const { search, sort } = this.#wish;
    return search === "" && (sort === "" || sort === "-createdAt");
  }

  /** Reads once more when the connection stands, if it did not: what happened before is told by nobody. */
  #catchUp(): () => void {
    let began: ConnectionState | undefined;
    return client.realtime.onState((state) => {
      if (state === "live" && began !== undefined && began !== "live") void this.load();
      if (began === undefined || state === "live") began = state;
    });
  }

  #follower(): ChannelListener {
    return {
      event: ({ type, payload }) => {
        const record = payload as RecordData;
        if (type.endsWith(".deleted")) return this.drop(record.id);
        // what had left may come back
        if (type.endsWith(".updated")) this.#gone.delete(record.id);
        this.#hear(record, type.endsWith(".created"));
        this.names.find(this.#collection(), [record]);
      },
      leave: (id) => this.drop(id),
      reset: () => void this.load(),
    };
  }

  /** Takes in a record that is told of; of a new one it may be told twice. */
  #hear(record: RecordData, isNew: boolean): void {
    if (this.#gone.has(record.id) || (isNew && this.#made.has(record.id))) return;
    if (isNew) this.#made.add(record.id);
    if (this.isLoading) this.#heard.set(record.id, { record, isNew });
    this.#place(record, isNew);
  }

  #place(record: RecordData, isNew: boolean): void {
    if (this.items.some(({ id }) => id === record.id)) {
      const items = replaced(this.items, record);
      if (items !== this.items) this.#light(record.id);
      this.items = items;
      return;
    }
    if (!this.#isNewestFirst()) {
      if (isNew) this.unseen += 1;
      return;
    }
    // one that was changed, and is not here, has come to fit the filter, unless it is on a page that was not read yet
    const items = inserted(this.items, record, this.next === null);
    if (items === null && !isNew) return;
    this.items = items ?? this.items;
    this.total += 1;
    this.#light(record.id);
  }

  async #read(cursor: string | undefined, then: (page: Page<RecordData>) => void): Promise<void> {
    const round = ++this.#round;
    const collection = this.#collection();
    this.isLoading = true;
    this.#heard.clear();
    try {
      const query = { ...this.#wish, limit: PAGE_SIZE, cursor, count: cursor === undefined ? true : undefined };
      const page = await get<Page<RecordData>>(`/api/${collection.name}`, query);
      if (round !== this.#round) return;
      const items = page.items.filter(({ id }) => !this.#gone.has(id));
      then({ ...page, items, total: (page.total ?? 0) - (page.items.length - items.length) });
      this.fault = "";
      this.names.find(collection, page.items);
    } catch (error) {
      if (round === this.#round) this.fault = messageOf(error);
    } finally {
      if (round === this.#round) this.isLoading = false;
    }
  }

  #light(id: string): void {
    this.lit.add(id);
    setTimeout(() => this.lit.delete(id), LIT_FOR);
  }
}
