import { z } from "zod";
import { createInTurn } from "../../tools/index.ts";
import type { Database } from "../database/index.ts";
import { BakendError } from "../errors.ts";
import { type BakendEvent, compileInterest, compilePattern } from "../events/index.ts";
import { fieldProblems } from "../field-problems.ts";
import { newWebhookSecret, signWebhook } from "./sign.ts";
import { createWebhookStore, NAME, WEBHOOK_TABLES, type Webhook, type WebhookAttempt } from "./store.ts";

/** Sends a request of ours to somebody elsewhere. Rejects if it cannot be sent, in words. */
export type SendOut = (
  request: { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string },
  signal: AbortSignal,
) => Promise<{ readonly status: number }>;

/** What webhooks are made of. */
export interface WebhooksDeps {
  readonly db: Database;
  readonly send: SendOut;
  /** Keeps secrets out of a copy of the database. */
  readonly seal: {
    seal(bytes: Uint8Array<ArrayBuffer>): Promise<string>;
    open(text: string): Promise<Uint8Array<ArrayBuffer>>;
  };
  random(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  newId(): string;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Events told to whoever has asked for them elsewhere, signed: a follower of events that waits for others' machines. */
export interface Webhooks {
  readonly name: string;
  readonly apart: true;
  list(): Promise<readonly Webhook[]>;
  get(id: string): Promise<Webhook | null>;
  /** Makes one, and tells its secret: nobody can ask for it again. @throws BakendError `validation_failed` */
  create(data: unknown): Promise<Webhook & { readonly secret: string }>;
  /** @throws BakendError `not_found`, `validation_failed` */
  change(id: string, data: unknown): Promise<Webhook>;
  /** With all that was still to be delivered. @throws BakendError `not_found` */
  remove(id: string): Promise<void>;
  /** Whether there was one of this id that was removed, or there is one that does not want events of this type. */
  isGone(id: string, type: string): boolean;
  /** Whether there is one of this id that is not enabled. */
  isPaused(id: string): boolean;
  /** The attempts to deliver to one, the newest first. @throws BakendError `not_found` */
  attempts(id: string, limit: number, before?: number): Promise<readonly WebhookAttempt[]>;
  /** The ids of those that want events of a type. */
  targets(type: string): readonly string[];
  /** Whether there is any. */
  listens(): boolean;
  /** Delivers to one. Rejects with what went wrong: an answer that is no success is a failure. */
  deliver(id: string, event: BakendEvent): Promise<void>;
  /** Takes over what other processes have changed. Resolves to true if there was anything. */
  refresh(): Promise<boolean>;
}

/** Milliseconds that the other side gets to answer. */
const PATIENCE = 10_000;

const described = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: "must be a URL that begins with https:// or http://" })
    .max(2000)
    .refine(hasNoUser, "must have no user and no password: what is sent is signed"),
  events: z.array(z.string().refine(isPattern, 'must be such as "posts.created", "auth.*" or "*"')).min(1).max(100),
  enabled: z.boolean(),
});
const created = described.extend({ enabled: described.shape.enabled.default(true) });
const changes = described.partial();

/** Opens the webhooks of a database. */
export async function openWebhooks({ db, send, seal, random, newId, now }: WebhooksDeps): Promise<Webhooks> {
  await db.alter(WEBHOOK_TABLES);
  const store = createWebhookStore(db);
  let known: ReadonlyMap<string, Webhook & { readonly secret: string }> = new Map();
  const removed = new Set<string>();

  /** Changes, and looks at what there is, one after the other: none goes back to what was read before it. */
  const inTurn = createInTurn();
  const look = async (): Promise<boolean> => {
    const now = new Map((await store.all()).map((one) => [one.id, one]));
    for (const id of known.keys()) if (!now.has(id)) removed.add(id);
    const changed = JSON.stringify([...now]) !== JSON.stringify([...known]);
    known = now;
    return changed;
  };
  await look();

  const find = (id: string) => {
    const webhook = known.get(id);
    if (!webhook) throw new BakendError("not_found", `There is no webhook ${id.slice(0, 64).toWellFormed()}.`);
    return webhook;
  };
  const wants = ({ events }: Webhook, type: string): boolean =>
    events.some((pattern) => compileInterest(pattern)(type));
  const isGone = (id: string, type: string): boolean => {
    const webhook = known.get(id);
    return removed.has(id) || (webhook !== undefined && !wants(webhook, type));
  };
  const isPaused = (id: string): boolean => known.get(id)?.enabled === false;
  const keep = async (webhook: Webhook & { readonly secret: string }): Promise<void> => {
    await store.put(webhook);
    await look();
  };

  return {
    name: NAME,
    apart: true,
    async list() {
      await inTurn(look);
      return [...known.values()].map(withoutSecret);
    },
    async get(id) {
      await inTurn(look);
      const webhook = known.get(id);
      return webhook ? withoutSecret(webhook) : null;
    },
    create: (data) =>
      inTurn(async () => {
        const checked = read(created, data);
        const id = newId();
        const secret = newWebhookSecret(random);
        const webhook = { id, ...checked, createdAt: new Date(now()).toISOString() };
        await keep({ ...webhook, secret: await seal.seal(new TextEncoder().encode(secret)) });
        return { ...webhook, secret };
      }),
    change: (id, data) =>
      inTurn(async () => {
        await look();
        const changed = { ...find(id), ...defined(read(changes, data)) };
        await keep(changed);
        return withoutSecret(changed);
      }),
    remove: (id) =>
      inTurn(async () => {
        await look();
        find(id);
        // before it is gone: nothing may be kept for it afterwards
        removed.add(id);
        try {
          await store.remove(id);
        } catch (error) {
          removed.delete(id);
          throw error;
        }
        await look();
      }),
    isGone,
    isPaused,
    async attempts(id, limit, before) {
      await inTurn(look);
      return store.attempts(find(id).id, limit, before);
    },
    listens: () => known.size > 0,
    targets: (type) =>
      [...known.values()].filter((webhook) => webhook.enabled && wants(webhook, type)).map(({ id }) => id),
    async deliver(id, event) {
      const { url, secret } = find(id);
      const body = JSON.stringify(event);
      const started = now();
      const key = new TextDecoder().decode(await seal.open(secret));
      const signed = await signWebhook(key, { id: event.id, timestamp: Math.floor(started / 1000), body });
      const headers = { "content-type": "application/json", "user-agent": "Bakend", ...signed };
      // it may have been changed while this was made ready
      if (isGone(id, event.type) || isPaused(id)) throw new Error("The webhook does not want it any more.");
      let [status, error]: [number | null, string | null] = [null, null];
      try {
        ({ status } = await send({ url, headers, body }, AbortSignal.timeout(PATIENCE)));
        if (status < 200 || status > 299) error = `The answer was ${status}.`;
      } catch (cause) {
        error = cause instanceof Error ? cause.message : String(cause);
      }
      await store.note(id, {
        ...{ event: event.id, type: event.type, status, error },
        ...{ at: new Date(started).toISOString(), milliseconds: now() - started },
      });
      if (error !== null) throw new Error(error);
    },
    refresh: () => inTurn(look),
  };
}

function read<T>(schema: z.ZodType<T>, data: unknown): T {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const errors = fieldProblems(parsed.error.issues, "body");
  throw new BakendError(
    "validation_failed",
    `${errors.map(({ field, message }) => `${field}: ${message}`).join("; ")}.`,
    {
      errors,
    },
  );
}

function withoutSecret({ secret: _, ...webhook }: Webhook & { readonly secret: string }): Webhook {
  return webhook;
}

/** Only what is there. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

function hasNoUser(text: string): boolean {
  if (!URL.canParse(text)) return true;
  const { username, password } = new URL(text);
  return username === "" && password === "";
}

function isPattern(text: string): boolean {
  try {
    compilePattern(text);
    return true;
  } catch {
    return false;
  }
}
