import { BakendError } from "../errors.ts";
import type { BakendEvent, Every } from "../events/index.ts";
import type { Client } from "./client.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { RecordWatching } from "./watching.ts";

/** What the vigil needs. */
export interface VigilDeps<W> {
  readonly clients: ReadonlySet<Client<W>>;
  readonly subscriptions: Subscriptions<W>;
  readonly records: Pick<RecordWatching<W>, "decidesOn" | "refresh">;
  every: Every;
  /** Called with each look at everybody. */
  onRound(): void;
  /** Calls back as soon as something happens, of types that are wanted, before anything that follows is told. */
  onEvent(wanted: (type: string) => boolean, listener: (event: BakendEvent) => void): () => void;
  onError(error: unknown): void;
}

/** Sees to it that nobody keeps what they may no longer have: logout, demotion, deletion, changed rules, time. */
export interface Vigil<W> {
  /** Finds out anew who a client is. One whose token is no longer good is told so and cut off. */
  lookAgain(client: Client<W>, options?: { readonly anew?: boolean }): Promise<void>;
  /** Looks again at whomever an event may concern, and waits for those looks that are under way. */
  heed(event: BakendEvent): Promise<void>;
  start(): void;
  stop(): void;
}

/** Milliseconds between two looks at everybody: tokens end by themselves. */
const ROUND = 10_000;

/** Makes the vigil of a hub. */
export function createVigil<W>({
  clients,
  subscriptions,
  records,
  every,
  onRound,
  onEvent,
  onError,
}: VigilDeps<W>): Vigil<W> {
  let off: (() => void) | null = null;
  let offUrgent: (() => void) | null = null;
  let walking = false;
  let pending: Promise<void> = Promise.resolve();

  const lookAgain: Vigil<W>["lookAgain"] = async (client, { anew = false } = {}) => {
    const { identify, principal } = client;
    if (client.closed) return;
    if (identify) {
      try {
        client.principal = await identify();
      } catch (error) {
        if (!(error instanceof BakendError)) throw error;
        client.fail(error);
        for (const id of [...client.subscriptions.keys()]) subscriptions.end(client, id);
        client.close("unauthenticated");
        return;
      }
    }
    // the same object stands for somebody only as long as nothing about them changes
    if (anew || client.principal !== principal) subscriptions.judgeAgain(client);
  };

  const lookAt = async (some: readonly Client<W>[], anew: boolean): Promise<void> => {
    for (const client of some) {
      try {
        await lookAgain(client, { anew });
      } catch (error) {
        onError(error);
        client.close("away");
      }
    }
  };

  const round = async (): Promise<void> => {
    if (walking) return;
    walking = true;
    onRound();
    for (const client of clients) client.drained();
    await lookAt(
      [...clients].filter(({ identify }) => identify !== null),
      false,
    );
    walking = false;
  };

  const concern = async ({ type, payload }: BakendEvent): Promise<void> => {
    const [family = ""] = type.split(".");
    if (type === "system.collection_changed" || type === "system.role_changed") {
      await records.refresh();
      return lookAt([...clients], true);
    }
    const whose = family === "auth" ? "own" : records.decidesOn(family);
    if (whose === "nobody") return;
    const ids = whose === "own" ? idsIn(payload) : null;
    const known = [...clients].filter(({ identify }) => identify !== null);
    return lookAt(ids === null ? known : known.filter((client) => isOneOf(client, ids)), false);
  };

  return {
    lookAgain,
    async heed(event) {
      await pending;
      await concern(event);
    },
    start() {
      off ??= every(ROUND, () => void round());
      offUrgent ??= onEvent(isUrgent, (event) => {
        pending = pending.then(() => concern(event)).catch(onError);
      });
    },
    stop() {
      off?.();
      offUrgent?.();
      off = null;
      offUrgent = null;
    },
  };
}

/** The account or key that an event is about, whether by itself or as what happened to the record that an account is. */
function idsIn(payload: unknown): ReadonlySet<unknown> {
  if (typeof payload !== "object" || payload === null) return new Set();
  return new Set(
    ["id", "user", "key"].flatMap((name) => (name in payload ? [payload[name as keyof typeof payload]] : [])),
  );
}

function isOneOf<W>({ principal }: Client<W>, ids: ReadonlySet<unknown>): boolean {
  if (principal.kind === "user")
    return ids.has(principal.id) || (principal.key !== undefined && ids.has(principal.key.id));
  return principal.kind === "key" && ids.has(principal.key.id);
}

/** What happens to accounts or definitions. */
function isUrgent(type: string): boolean {
  return /^(auth|system)\./.test(type);
}
