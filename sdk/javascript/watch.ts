import { compareText } from "../../src/tools/index.ts";
import { ApiError } from "./api-error.ts";
import type { Channels, LiveEvent, Stop } from "./channels.ts";
import { pauseAfter } from "./pause.ts";

/** Which records are watched: all that fit, so there should not be too many of them. */
export interface WatchQuery<R> {
  readonly filter?: string;
  /** Fields of the record itself, with `-` before one for descending; `-createdAt` unless said. */
  readonly sort?: readonly ((keyof R & string) | `-${keyof R & string}`)[];
}

/** Who is shown what is watched. */
export interface WatchListener<R> {
  /** All records that fit, in order: at first, and after every change. The list is a new one each time. */
  records(records: readonly R[]): void;
  /**
   * They could not be read. What may pass (no answer, 429, 5xx) is tried again, and told each time; otherwise nothing more is
   * shown until following begins anew: with the next connection, or, where who is signed in may not see them, for somebody else.
   */
  failed?(error: ApiError): void;
}

/** What every record has that is compared here. */
interface Row {
  readonly id: string;
  readonly version: number;
  readonly [field: string]: unknown;
}

/** Something that was told while the list was read: it is applied to the list, once that is there. */
type News = { readonly put: Row } | { readonly drop: string };

/** Milliseconds: a timer for longer than this ends at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Shows the records of a collection that fit, and goes on as they change. */
export function watchRecords<R>(
  channels: Channels,
  collection: string,
  { filter, sort = [] }: WatchQuery<R>,
  read: () => AsyncIterable<object>,
  listener: WatchListener<R>,
): Stop {
  const compare = comparison(sort.length === 0 ? ["-createdAt"] : sort);
  let rows = new Map<string, Row>();
  /** What was told while the list is read; null while it is not. */
  let news: News[] | null = null;
  /** Whether the list is here, so that what is told can be applied to it. */
  let isCurrent = false;
  let round = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;

  const apply = (one: News): void => {
    if ("drop" in one) rows.delete(one.drop);
    // what is here already may be newer than what is told
    else if ((rows.get(one.put.id)?.version ?? 0) <= one.put.version) rows.set(one.put.id, one.put);
  };
  const show = (): void => listener.records([...rows.values()].sort(compare) as unknown as readonly R[]);
  const hear = (one: News): void => {
    news?.push(one);
    // while it waits to be read again, all that is told will be in it
    if (!isCurrent) return;
    apply(one);
    show();
  };

  /** Nothing is shown, read or tried any more, until it is read anew. */
  const halt = (): void => {
    round += 1;
    clearTimeout(retry);
    news = null;
    isCurrent = false;
  };

  /** Reads all anew. What is told meanwhile, and what another reading began, comes after it. */
  async function load(tries = 0): Promise<void> {
    halt();
    const own = round;
    const told: News[] = [];
    news = told;
    const found = new Map<string, Row>();
    try {
      for await (const record of read()) {
        if (own !== round) return;
        const row = record as Row;
        found.set(row.id, row);
      }
    } catch (error) {
      if (own === round) fail(error, tries);
      return;
    }
    if (own !== round) return;
    rows = found;
    for (const one of told) apply(one);
    news = null;
    isCurrent = true;
    show();
  }

  function fail(cause: unknown, tries: number): void {
    halt();
    const error = cause instanceof ApiError ? cause : new ApiError(0, {}, null, cause);
    const mayPass = error.status === 0 || error.status === 429 || error.status >= 500;
    if (mayPass) {
      const wait = Math.min(LONGEST_TIMER, Math.max(pauseAfter(tries), error.retryAfter ?? 0));
      retry = setTimeout(() => void load(tries + 1), wait);
    }
    listener.failed?.(error);
  }

  const following = channels.follow(
    `${collection}.*`,
    {
      begun: () => void load(),
      event({ type, payload }: LiveEvent) {
        const row = payload as Row;
        hear(type.endsWith(".deleted") ? { drop: row.id } : { put: row });
      },
      leave: (id) => hear({ drop: id }),
      closed: halt,
      refused(error) {
        halt();
        listener.failed?.(error);
      },
    },
    filter === undefined ? {} : { filter },
  );
  return () => {
    halt();
    following.stop();
  };
}

/** The order of the server: null comes before everything, text goes by code point, and the id breaks ties. */
function comparison(sort: readonly string[]): (a: Row, b: Row) => number {
  const keys = sort.map((key) => (key.startsWith("-") ? { field: key.slice(1), sign: -1 } : { field: key, sign: 1 }));
  const last = keys.at(-1)?.sign ?? 1;
  return (a, b) => {
    for (const { field, sign } of keys) {
      const order = compareValues(a[field] ?? null, b[field] ?? null);
      if (order !== 0) return order * sign;
    }
    return compareText(a.id, b.id) * last;
  };
}

function compareValues(a: unknown, b: unknown): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  return Number(a) - Number(b);
}
