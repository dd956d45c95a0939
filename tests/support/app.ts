import assert from "node:assert/strict";
import { type App, type AppOptions, createApp } from "../../src/core/app.ts";
import type { DatabaseConnections, DatabaseDriver, Row, SqlValue, Statement } from "../../src/core/database/index.ts";
import type { BakendEvent, EventDetail } from "../../src/core/events/index.ts";
import { sqliteOnThisRuntime } from "../conformance/connection-platform.ts";

/** An answer, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

/** What is sent beside the method and the path. */
export interface Call {
  /** Sent as JSON; a text or bytes are sent as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An event with what travelled beside it. */
export interface Heard {
  readonly event: BakendEvent;
  readonly detail: EventDetail;
}

/** An app under test, called in-process. */
export interface TestApp {
  readonly app: App;
  call(method: string, path: string, call?: Call): Promise<Answer>;
  /** The record events since the last time this was asked, in order. */
  heard(): Promise<readonly Heard[]>;
  /** Their types alone: `posts.created`. */
  types(): Promise<readonly string[]>;
  /** Runs one statement directly, past the engine. */
  sql(text: string, params?: readonly SqlValue[]): Promise<readonly Row[]>;
  /** The batches that were written since the last time this was asked, whether or not they were committed. */
  batches(): readonly (readonly Statement[])[];
  /** Every row of every table, the engine's own included. */
  dump(): Promise<string>;
  close(): Promise<void>;
}

/** What a test may choose; everything has a default. */
export type TestAppOptions = Partial<AppOptions> & {
  readonly path?: string;
  /** Whether a database file gets threads of its own, as it does in production. */
  readonly threads?: boolean;
  /** Whether the accounts that a new project starts with are kept. */
  readonly accounts?: boolean;
};

/** Every action is open to guests. */
export const OPEN = { read: "public", create: "public", update: "public", delete: "public" } as const;

/** Builds an app over a database in memory, or at `path`. */
export async function openApp({
  path = ":memory:",
  threads = false,
  accounts = false,
  ...options
}: TestAppOptions = {}): Promise<TestApp> {
  const { sqlite } = await sqliteOnThisRuntime();
  const driver = watched(sqlite(path, { durability: "normal", threads }));
  const app = createApp({ database: driver, logging: { requests: false }, ...options });
  const heard: Heard[] = [];
  const everything: Heard[] = [];
  app.events.on("*", (event, detail) => {
    if (!isOfRecords(event)) return;
    heard.push({ event, detail });
    everything.push({ event, detail });
  });
  await app.build();
  const { schema } = app.collections;
  if (schema.firstBoot && !accounts && schema.catalog().linksTo("users").length === 0) await schema.remove("users");

  const sql: TestApp["sql"] = async (text, params = []) => {
    const [result] = await driver.connections().write.batch([{ sql: text, params }]);
    return result?.rows ?? [];
  };
  const takeHeard = async (): Promise<readonly Heard[]> => {
    await app.events.idle();
    return heard.splice(0);
  };
  return {
    app,
    call: (method, target, call) => callApp(app, method, target, call),
    heard: takeHeard,
    types: async () => (await takeHeard()).map(({ event }) => event.type),
    sql,
    batches: () => driver.batches.splice(0),
    async dump() {
      // the inner tables of a full-text index hold numbers that JavaScript does not have; the index itself is read
      const tables = await sql(
        `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type <> 'shadow' AND type <> 'view' ORDER BY name`,
      );
      const parts: unknown[] = [];
      for (const { name } of tables) {
        parts.push([name, await sql(`SELECT * FROM "${String(name)}"`)]);
      }
      return JSON.stringify(parts);
    },
    async close() {
      await app.events.idle();
      const rows =
        path === ":memory:" && app.config.events.durable ? await sql(`SELECT * FROM "_events" ORDER BY "seq"`) : [];
      await app.close();
      if (path === ":memory:" && app.config.events.durable) assertLogged(rows, everything);
    },
  };
}

function isOfRecords({ source, type }: Pick<BakendEvent, "source" | "type">): boolean {
  return source === "collections" && !type.startsWith("system.");
}

/**
 * Checks that the log of events holds exactly what was told of records: the same, in the same order; of what was taken from
 * its front, nothing can be said.
 */
function assertLogged(rows: readonly Row[], told: readonly Heard[]): void {
  const logged = rows
    .map(({ id, type, timestamp, source, payload, previous, actor: kept, removal }) => {
      const { from, ...actor } = JSON.parse(String(kept)) ?? {};
      return {
        event: { id, type, timestamp, source, payload: JSON.parse(String(payload)) },
        detail: {
          ...(previous === null ? {} : { previous: JSON.parse(String(previous)) }),
          actor,
          ...(from === undefined ? {} : { from }),
          ...(removal === null ? {} : { removal }),
        },
      };
    })
    .filter(({ event }) => isOfRecords({ source: String(event.source), type: String(event.type) }));
  const all = told.map(({ event, detail }) => ({ event: { ...event }, detail: { ...detail } }));
  assert.deepEqual(logged, Number(rows[0]?.seq) > 1 ? all.slice(all.length - logged.length) : all);
}

/** Sends one request to an app and reads the answer. */
export async function callApp(app: App, method: string, path: string, { body, headers }: Call = {}): Promise<Answer> {
  const raw = typeof body === "string" || body instanceof Uint8Array;
  const sent = body === undefined ? undefined : raw ? body : JSON.stringify(body);
  const response = await app.fetch(
    new Request(`http://test.local${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(sent === undefined ? {} : { body: sent as string }),
    }),
  );
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parsed(text) };
}

/** Checks that an answer is a problem as the contract describes it, and returns its body. */
export function assertProblem(answer: Answer, status: number, code: string, hint = ""): Record<string, unknown> {
  const where = `${hint} answered ${answer.status} ${answer.text.slice(0, 300)}`;
  assert.equal(answer.status, status, where);
  assert.equal(answer.headers.get("content-type"), "application/problem+json", where);
  const { body } = answer;
  assert.equal(body.code, code, where);
  assert.equal(body.status, status, where);
  assert.equal(body.type, `urn:bakend:error:${code}`, where);
  assert.equal(typeof body.title, "string", where);
  assert.equal(body.requestId, answer.headers.get("x-request-id"), where);
  assert.ok(typeof body.detail === "string" && body.detail.length >= 10, where);
  assert.doesNotMatch(body.detail, /\[object |SQLITE|\.ts:\d|SELECT |INSERT /, where);
  assert.ok(body.detail.isWellFormed(), where);
  const known = ["type", "title", "status", "detail", "code", "requestId", "errors"];
  if (code === "mfa_required") known.push("mfaToken");
  for (const key of Object.keys(body)) assert.ok(known.includes(key), `${where}: ${key}`);
  return body;
}

interface Watched extends DatabaseDriver {
  connections(): DatabaseConnections;
  /** Taken out by who looks at them. */
  readonly batches: (readonly Statement[])[];
}

function watched(driver: DatabaseDriver): Watched {
  let connections: DatabaseConnections | undefined;
  const batches: (readonly Statement[])[] = [];
  return {
    ...driver,
    batches,
    async open() {
      connections = await driver.open();
      const { write } = connections;
      const { batch, group } = write;
      Object.assign(write, {
        batch(statements: readonly Statement[]) {
          batches.push(statements);
          return batch.call(write, statements);
        },
        ...(group && {
          group(several: readonly (readonly Statement[])[]) {
            batches.push(...several);
            return group.call(write, several);
          },
        }),
      });
      return connections;
    },
    connections() {
      if (!connections) throw new Error("the database is not open");
      return connections;
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
