import assert from "node:assert/strict";
import type { Operation } from "../../src/core/collections/index.ts";
import { PASSWORD } from "../support/accounts.ts";
import type { TestApp } from "../support/app.ts";
import { SECRET } from "./random-value.ts";
import type { Caller } from "./world.ts";

type Shown = Readonly<Record<string, unknown>>;
type Query = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** What came of a request: its value, or the code of the refusal. */
export type Outcome<T> =
  | { readonly value: T; readonly code: null }
  | { readonly code: string; readonly detail: string };

/** A page of a list. */
export interface Page {
  readonly items: readonly Shown[];
  readonly next: string | null;
  readonly total?: number;
}

/** Every door to records, as one caller opens it over HTTP. */
export interface Doors {
  list(name: string, query?: Query): Promise<Outcome<Page>>;
  aggregate(name: string, query: Query): Promise<Outcome<{ readonly groups: readonly Shown[] }>>;
  view(name: string, id: string, query?: Query): Promise<Outcome<Shown>>;
  me(): Promise<Outcome<{ readonly user: Shown }>>;
  create(name: string, body: object): Promise<Outcome<Shown>>;
  createMany(name: string, bodies: readonly object[]): Promise<Outcome<readonly Shown[]>>;
  update(name: string, id: string, body: object): Promise<Outcome<Shown>>;
  replace(name: string, id: string, body: object): Promise<Outcome<Shown>>;
  remove(name: string, id: string): Promise<Outcome<unknown>>;
  batch(operations: readonly Operation[]): Promise<Outcome<unknown>>;
  /** The status that a file answers with. */
  file(id: string): Promise<number>;
}

/** The admin that is always there: who makes keys for programs. */
const ADMIN = "0@users.io";

/** Opens the doors for a caller, who signs in and makes a key if that is how they come. */
export async function openDoors(app: TestApp, { user, scopes }: Caller): Promise<Doors> {
  let headers: Readonly<Record<string, string>> = {};
  const send = async <T>(method: string, path: string, body?: unknown): Promise<Outcome<T>> => {
    const answer = await app.call(method, path, { headers, ...(body === undefined ? {} : { body }) });
    assert.ok(answer.status < 500, `${method} ${path} answered ${answer.text}`);
    assert.ok(
      !answer.text.includes(SECRET) && !answer.text.includes("$fake$"),
      `${method} ${path} tells what is hidden`,
    );
    if (answer.status < 300) return { value: answer.body, code: null };
    return { code: String(answer.body.code), detail: String(answer.body.detail) };
  };
  if (user !== null) {
    const email = user.id === undefined ? ADMIN : user.email;
    const session = await send<Shown>("POST", "/api/auth/login", { email, password: PASSWORD });
    assert.ok(session.code === null, "the caller signs in");
    headers = { authorization: `Bearer ${String(session.value.token)}` };
  }
  if (user !== null && scopes !== null) {
    const role = user.id === undefined ? { role: user.role } : {};
    const made = await send<Shown>("POST", "/api/auth/keys", { name: "key", scopes, ...role });
    assert.ok(made.code === null, "the caller makes a key");
    headers = { authorization: `Bearer ${String(made.value.key)}` };
  }
  return {
    list: (name, query = {}) => send("GET", `/api/${name}${textOf(query)}`),
    aggregate: (name, query) => send("GET", `/api/${name}${textOf(query)}`),
    view: (name, id, query = {}) => send("GET", `/api/${name}/${id}${textOf(query)}`),
    me: () => send("GET", "/api/auth/me"),
    create: (name, body) => send("POST", `/api/${name}`, body),
    createMany: (name, bodies) => send("POST", `/api/${name}`, bodies),
    update: (name, id, body) => send("PATCH", `/api/${name}/${id}`, body),
    replace: (name, id, body) => send("PUT", `/api/${name}/${id}`, body),
    remove: (name, id) => send("DELETE", `/api/${name}/${id}`),
    batch: (operations) => send("POST", "/api/batch", { operations }),
    file: async (id) => (await app.call("HEAD", `/api/storage/${id}`, { headers })).status,
  };
}

function textOf(query: Query): string {
  const pairs = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]);
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs)}`;
}
