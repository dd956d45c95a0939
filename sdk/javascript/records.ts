import { ApiError } from "./api-error.ts";
import type { Channels, Stop } from "./channels.ts";
import { openRoom, type Room, type RoomListener } from "./room.ts";
import { type RecordListener, subscribeTo } from "./subscription.ts";
import type { Transport } from "./transport.ts";
import type { AggregateQuery, DataOf, ListQuery, Page, Seen, ViewQuery } from "./types.ts";
import { type WatchListener, type WatchQuery, watchRecords } from "./watch.ts";

/** What goes with a write. */
export interface WriteOptions {
  /** The `version` that the record must still have; another is `precondition_failed`, and nothing is written. */
  readonly ifMatch?: number;
}

/** What goes with a creation. */
export interface CreateOptions {
  /** The same key again, within a day, is answered the same, and creates nothing more. */
  readonly idempotencyKey?: string;
}

type NameOf<R> = keyof R & string;

/** The records of one collection, as whoever is signed in may see and write them. Every method throws `ApiError`. */
export interface Records<R> {
  list<F extends NameOf<R> = NameOf<R>>(query?: ListQuery<R, F>): Promise<Page<Seen<R, F>>>;
  /** Every record that fits, page after page, each once whatever comes and goes meanwhile. */
  all<F extends NameOf<R> = NameOf<R>>(
    query?: Omit<ListQuery<R, F>, "cursor" | "page" | "count">,
  ): AsyncIterableIterator<Seen<R, F>>;
  /** The first record that fits; null if none does. */
  first<F extends NameOf<R> = NameOf<R>>(
    query?: Omit<ListQuery<R, F>, "cursor" | "page" | "count" | "limit">,
  ): Promise<Seen<R, F> | null>;
  count(query?: Pick<ListQuery<R>, "filter" | "search">): Promise<number>;
  /** Groups, each with its keys and its figures: `count`, `avg_price`. */
  aggregate<G = Readonly<Record<string, unknown>>>(query: AggregateQuery): Promise<readonly G[]>;
  get<F extends NameOf<R> = NameOf<R>>(id: string, query?: ViewQuery<F>): Promise<Seen<R, F>>;
  /** Like `get`; null where there is no such record, or none that the caller may view. */
  find<F extends NameOf<R> = NameOf<R>>(id: string, query?: ViewQuery<F>): Promise<Seen<R, F> | null>;
  create(data: DataOf<R>, options?: CreateOptions): Promise<R>;
  /** All of them or none, at most 1,000. */
  createMany(data: readonly DataOf<R>[], options?: CreateOptions): Promise<readonly R[]>;
  /** Writes these fields; the others stay. */
  update(id: string, data: DataOf<R>, options?: WriteOptions): Promise<R>;
  /** Writes these fields; the others go back to their defaults. */
  replace(id: string, data: DataOf<R>, options?: WriteOptions): Promise<R>;
  delete(id: string, options?: WriteOptions): Promise<void>;
  /** Tells of changes, until the function that is returned is called. */
  subscribe(listener: RecordListener<R>, which?: { readonly id?: string; readonly filter?: string }): Stop;
  /**
   * Shows all records that fit, in order, at first and after every change, until the function that is returned is called.
   * They are read anew for who signs in or out.
   */
  watch(listener: WatchListener<R>, query?: WatchQuery<R>): Stop;
  /** Joins the room of a record: who is there, and what they say to each other. */
  room<S extends object = Readonly<Record<string, unknown>>>(id: string, listener: RoomListener<S>, state?: S): Room<S>;
}

/** Records to a page where all are wanted: the most that the server gives. */
const WHOLE = 500;

/** Makes the records of a collection. Nothing is asked of the server. */
export function createRecords<R>(transport: Transport, channels: Channels, name: string): Records<R> {
  const path = `/api/${encodeURIComponent(name)}`;
  const at = (id: string): string => `${path}/${encodeURIComponent(id)}`;

  const records: Records<R> = {
    list: (query = {}) => transport.send("GET", path, { query: parameters(query) }),
    async *all(query = {}) {
      let cursor: string | null | undefined;
      do {
        const page = await records.list({ limit: WHOLE, ...query, ...(cursor ? { cursor } : {}) });
        yield* page.items;
        cursor = page.next;
      } while (cursor !== null);
    },
    first: async (query = {}) => (await records.list({ ...query, limit: 1 })).items[0] ?? null,
    count: async (query = {}) => (await records.list({ ...query, limit: 1, count: true })).total ?? 0,
    async aggregate<G>(query: AggregateQuery) {
      return (await transport.send<{ groups: readonly G[] }>("GET", path, { query: parameters(query) })).groups;
    },
    get: (id, query = {}) => transport.send("GET", at(id), { query: parameters(query) }),
    find: (id, query) =>
      records.get(id, query).catch((error: unknown) => {
        if (error instanceof ApiError && error.code === "not_found") return null;
        throw error;
      }),
    create: (data, options) => transport.send("POST", path, { body: data, headers: createHeaders(options) }),
    createMany: (data, options) => transport.send("POST", path, { body: data, headers: createHeaders(options) }),
    update: (id, data, options) => transport.send("PATCH", at(id), { body: data, headers: writeHeaders(options) }),
    replace: (id, data, options) => transport.send("PUT", at(id), { body: data, headers: writeHeaders(options) }),
    delete: (id, options) => transport.send("DELETE", at(id), { headers: writeHeaders(options) }),
    subscribe: (listener, which) => subscribeTo(channels, name, listener, which),
    watch: (listener, query = {}) => watchRecords(channels, name, query, () => records.all(query), listener),
    room: (id, listener, state) => openRoom(channels, name, id, listener, state),
  };
  return records;
}

/** The parameters of an address: lists are separated by commas, and those of nothing left out. */
function parameters(query: object): Readonly<Record<string, string | number | boolean | undefined>> {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, Array.isArray(value) ? value.join(",") || undefined : value]),
  );
}

function writeHeaders({ ifMatch }: WriteOptions = {}): Readonly<Record<string, string>> {
  return ifMatch === undefined ? {} : { "if-match": `"${ifMatch}"` };
}

function createHeaders({ idempotencyKey }: CreateOptions = {}): Readonly<Record<string, string>> {
  return idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey };
}
