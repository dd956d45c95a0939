/** A row as it must stand in the database. Its code names it: codes are unique and never used twice. */
export interface Row {
  readonly collection: "items" | "teams";
  readonly id: string;
  readonly code: string;
  readonly version: number;
  readonly title: string;
  readonly n: number;
  readonly team: string | null;
  readonly tags: readonly string[];
  readonly batch: number | null;
}

/** What one request does to one row. Null: the row does not exist. */
export interface Effect {
  readonly before: Row | null;
  readonly after: Row | null;
}

/** A write, with all that it does, known before it is sent. */
export interface Write {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly effects: readonly Effect[];
  /** The row that everybody writes to, if it is about that one: who comes first is open. */
  readonly hot?: Row;
  /** What the server must answer; other answers are faults, and so is this one with another effect than none if over 299. */
  readonly expect: readonly number[];
}

/** What is known of the rows everybody writes to. */
interface Hot {
  /** Versions that were acknowledged: no two writes may get the same one. */
  readonly acknowledged: Set<number>;
  /** Writes that were sent and never answered. */
  unanswered: number;
}

/** What clients were promised. */
export interface Ledger {
  readonly rows: ReadonlyMap<string, Row>;
  /** Codes of rows whose deletion was acknowledged. */
  readonly deleted: ReadonlySet<string>;
  readonly hot: ReadonlyMap<string, Hot>;
  /** Writes that were sent and never answered: each may have happened, whole or not at all. */
  readonly unanswered: readonly Write[];
  readonly acknowledged: number;
  /** The server answered with success; `version` is the one it gave. Returns what is wrong with that, or null. */
  accept(write: Write, version: number | null): string | null;
  /** There was no whole answer. */
  lose(write: Write): void;
  /** Settles a write that was lost, by what the database holds now. */
  settle(write: Write, happened: boolean): void;
}

/** Makes a ledger that knows of the rows that are there from the start. */
export function createLedger(initial: readonly Row[], hotCodes: readonly string[]): Ledger {
  const rows = new Map(initial.map((row) => [row.code, row]));
  const deleted = new Set<string>();
  const hot = new Map<string, Hot>(hotCodes.map((code) => [code, { acknowledged: new Set<number>(), unanswered: 0 }]));
  let unanswered: Write[] = [];
  let acknowledged = 0;

  function apply({ effects }: Write): void {
    for (const { before, after } of effects) {
      if (after !== null) rows.set(after.code, after);
      else if (before !== null) {
        rows.delete(before.code);
        deleted.add(before.code);
      }
    }
  }

  return {
    rows,
    deleted,
    hot,
    get unanswered() {
      return unanswered;
    },
    get acknowledged() {
      return acknowledged;
    },
    accept(write, version) {
      acknowledged += 1;
      apply(write);
      if (write.hot === undefined || version === null) return null;
      const known = hot.get(write.hot.code)?.acknowledged;
      if (known?.has(version)) return `${write.hot.code}: two writes were told version ${version}`;
      known?.add(version);
      return null;
    },
    lose(write) {
      const shared = write.hot && hot.get(write.hot.code);
      if (shared) shared.unanswered += 1;
      else unanswered.push(write);
    },
    settle(write, happened) {
      unanswered = unanswered.filter((one) => one !== write);
      if (happened) apply(write);
    },
  };
}
