import { get } from "../api/request.ts";

/** A line of the server's log. */
export interface LogLine {
  readonly seq: number;
  readonly time: string;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Which lines are shown. */
export interface LineQuery {
  readonly level?: string;
  readonly search?: string;
  readonly requests?: boolean;
}

interface Answer {
  readonly items: readonly LogLine[];
  readonly next: number | null;
}

/** Milliseconds between two looks for new lines. */
const EVERY = 1500;
const PAGE = 100;
const MOST = 1000;

/** The last lines of the log, the newest first, kept current as long as they are watched. */
export class LogLines {
  lines = $state.raw<readonly LogLine[]>([]);
  /** Where older ones begin; null if there are none. */
  next = $state<number | null>(null);
  loaded = $state(false);
  #query: LineQuery = {};

  /** Reads the newest, then looks for more until the function that is returned is called. `failed` is told once of an error. */
  watch(query: LineQuery, failed: (error: unknown) => void): () => void {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      if (!document.hidden) await this.#newer();
      if (!over) timer = setTimeout(() => void look().catch(failed), EVERY);
    };
    this.#query = query;
    this.loaded = false;
    this.lines = [];
    const begin = async (): Promise<void> => {
      const { items, next } = await this.#ask({});
      if (over) return;
      this.lines = items;
      this.next = next;
      this.loaded = true;
      await look();
    };
    begin().catch(failed);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }

  async older(): Promise<void> {
    if (this.next === null) return;
    const { items, next } = await this.#ask({ before: this.next });
    this.lines = [...this.lines, ...items];
    this.next = next;
  }

  async #newer(): Promise<void> {
    const query = this.#query;
    const { items } = await this.#ask({ after: this.lines[0]?.seq ?? 0 });
    if (query === this.#query && items.length > 0) this.lines = [...items, ...this.lines].slice(0, MOST);
  }

  #ask(place: { readonly before?: number; readonly after?: number }): Promise<Answer> {
    return get<Answer>("/api/admin/logs", { ...this.#query, ...place, limit: PAGE });
  }
}
