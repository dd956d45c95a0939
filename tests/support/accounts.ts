import assert from "node:assert/strict";
import type { PasswordHasher } from "../../src/core/auth/index.ts";
import type { BakendEvent } from "../../src/core/events/index.ts";
import { createLogger } from "../../src/core/logging/index.ts";
import type { Mail } from "../../src/core/mail/index.ts";
import { systemPrincipal } from "../../src/core/principal.ts";
import { type Answer, type Call, callApp, openApp, type TestApp, type TestAppOptions } from "./app.ts";

/** The password that everybody has until they change it. */
export const PASSWORD = "correct horse battery";
export const MINUTE = 60_000;

/** A hasher that costs nothing and counts; its hashes are told by `$fake$`. */
export interface CountingHasher extends PasswordHasher {
  readonly hashed: string[];
  /** The hashes that passwords were checked against. */
  readonly checked: string[];
}

/** Makes a hasher whose hashes hold nothing of the password as it is written. */
export function countingHasher(): CountingHasher {
  let salt = 0;
  const digest = (password: string, salted: string): string =>
    `$fake$${salted}$${btoa(encodeURIComponent([...password].reverse().join("")))}`;
  const hashed: string[] = [];
  const checked: string[] = [];
  return {
    hashed,
    checked,
    decoy: "$fake$decoy$",
    async hash(password) {
      salt += 1;
      hashed.push(password);
      return digest(password, String(salt));
    },
    async verify(password, hash) {
      checked.push(hash);
      return digest(password, hash.split("$")[2] ?? "") === hash;
    },
  };
}

/** The hasher that this runtime is served with. */
export async function hasherOnThisRuntime(): Promise<PasswordHasher> {
  return "Bun" in globalThis
    ? (await import("../../src/adapters/bun/passwords.ts")).bunPasswords
    : (await import("../../src/adapters/node/passwords.ts")).nodePasswords;
}

/** Somebody signed in. */
export interface Somebody {
  readonly id: string;
  readonly email: string;
  readonly token: string;
  readonly refreshToken: string;
}

/** What is sent, and as whom. */
export interface CallAs extends Call {
  readonly token?: string | undefined;
  readonly address?: string;
}

/** An app with accounts, whose time a test owns. */
export interface World {
  readonly app: TestApp;
  readonly hasher: CountingHasher;
  /** Moves both clocks. */
  pass(milliseconds: number): void;
  call(method: string, path: string, call?: CallAs): Promise<Answer>;
  /** Like `call`; the answer must be a success. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  ok(method: string, path: string, call?: CallAs): Promise<any>;
  /** Makes an account and signs in, by way of the routes; another role is given by the system. */
  signUp(email: string, role?: string, more?: object): Promise<Somebody>;
  login(email: string, password?: string): Promise<Somebody>;
  /** The types of all events of records and accounts since the last time this was asked. */
  types(): Promise<readonly string[]>;
  /** The mails since the last time this was asked, those that are still to be sent included. */
  mails(): Promise<readonly Mail[]>;
  /** The token, or the code, of the only mail since the last time this was asked. */
  secret(name?: RegExp): Promise<string>;
  /** Events since the start. */
  readonly events: readonly BakendEvent[];
  /** Holds everything that was told against everything that is secret, and closes. */
  close(): Promise<void>;
}

/** Opens an app with accounts. With `shared`, it has the clocks of another world. */
export async function openWorld(options: TestAppOptions = {}, shared?: { now: number }): Promise<World> {
  const time = shared ?? { now: Date.parse("2026-03-01T12:00:00.000Z") };
  const hasher = countingHasher();
  const lines: string[] = [];
  const sent: Mail[] = [];
  const mails: Mail[] = [];
  const app = await openApp({
    accounts: true,
    passwords: hasher,
    url: "https://example.com",
    mailer: {
      async send(mail) {
        sent.push(mail);
        mails.push(mail);
      },
    },
    clock: () => time.now,
    stopwatch: () => time.now,
    logger: createLogger({ level: "debug", sinks: [{ write: (entries) => void lines.push(JSON.stringify(entries)) }] }),
    logging: { requests: true },
    ...options,
  });
  const events: BakendEvent[] = [];
  const details: unknown[] = [];
  let told = 0;
  app.app.events.on("*", (event, detail) => {
    events.push(event);
    details.push(detail);
  });
  const tokens = new Set<string>();
  const passwords = new Set([PASSWORD]);
  let seen = "";

  const call: World["call"] = async (method, path, { token, address, headers, body } = {}) => {
    const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const wrapped = { ...app.app, fetch: (request: Request) => app.app.fetch(request, address ? { address } : {}) };
    const answer = await callApp(wrapped, method, path, { body, headers: { ...bearer, ...headers } });
    if (typeof body === "object" && body !== null && "password" in body && typeof body.password === "string")
      passwords.add(body.password);
    // the way to a provider holds a state, which is told to nobody else
    const { token: access, refreshToken, location: _way, ...rest } = (answer.status < 300 && answer.body) || {};
    for (const one of [access, refreshToken]) if (typeof one === "string") tokens.add(one);
    const handed = [answer.headers.get("location") ?? "", ...answer.headers.getSetCookie()].join(" ");
    for (const [, secret = ""] of handed.matchAll(/(?:#code|bak-oauth-.{8}|bak-session|bak-refresh)=([\w.-]{43,})/g))
      tokens.add(secret);
    const givesTokens =
      /^\/api\/(functions\/sign-in|auth\/(register|login|refresh|password\/change|mfa\/verify|otp\/login|passkeys\/login\/verify|invitations\/accept|setup|oauth\/\w+\/(token|callback|link)))$/.test(
        path.replace(/\?.*/, ""),
      );
    seen += givesTokens ? JSON.stringify(rest) : answer.text;
    return answer;
  };
  const ok: World["ok"] = async (method, path, more) => {
    const answer = await call(method, path, more);
    assert.ok(answer.status < 300, `${method} ${path} answered ${answer.status} ${answer.text.slice(0, 400)}`);
    return answer.body;
  };
  const login: World["login"] = async (email, password = PASSWORD) => {
    const { token, refreshToken, user } = await ok("POST", "/api/auth/login", { body: { email, password } });
    return { id: user.id, email, token, refreshToken };
  };

  const takeMails: World["mails"] = async () => {
    await app.app.idle();
    return mails.splice(0);
  };

  return {
    app,
    hasher,
    mails: takeMails,
    async secret(subject = /./) {
      const all = await takeMails();
      const fitting = all.filter((mail) => subject.test(mail.subject));
      assert.equal(fitting.length, 1, `mails: ${all.map((mail) => mail.subject).join(", ")}`);
      return secretOf(fitting[0]?.text ?? "");
    },
    events,
    call,
    ok,
    login,
    pass(milliseconds) {
      time.now += milliseconds;
    },
    async signUp(email, role, more = {}) {
      const body = { email, password: PASSWORD, ...more };
      const { token, refreshToken, user } = await ok("POST", "/api/auth/register", { body });
      if (role !== undefined) await app.app.as(systemPrincipal("test")).records("users").update(user.id, { role });
      return { id: user.id, email, token, refreshToken };
    },
    async types() {
      await app.app.events.idle();
      const fresh = events.slice(told);
      told = events.length;
      return fresh.map(({ type }) => type).filter((type) => !/^(server|system)\./.test(type));
    },
    async close() {
      await app.app.idle();
      const dump = await app.dump();
      await app.close();
      const told = JSON.stringify([events, details, lines]);
      for (const password of passwords) {
        if (password.length < 8) continue;
        for (const [where, text] of Object.entries({ told, seen, dump }))
          assert.ok(!text.includes(password), `${where} holds the password ${password}`);
      }
      for (const { text } of sent) {
        const secret = secretOf(text);
        if (secret.length === 6) assert.doesNotMatch(told + dump, new RegExp(`(?<![\\w.-])${secret}(?![\\w.-])`));
        else if (secret !== "") tokens.add(secret);
      }
      for (const token of tokens) {
        for (const [where, text] of Object.entries({ told, seen, dump }))
          assert.ok(!text.includes(token), `${where} holds the token ${token}`);
      }
      assert.ok(!told.includes("$fake$"), "an event or a log line holds a hash");
      assert.ok(!seen.includes("$fake$"), "an answer holds a hash");
      assert.ok(!/"password(Hash)?":"/.test(told + seen), "something calls itself a password");
    },
  };
}

/** The token or the code in a mail; empty if there is none. */
export function secretOf(text: string): string {
  return /#token=([\w-]{43})$/m.exec(text)?.[1] ?? /^(\d{6})$/m.exec(text)?.[1] ?? "";
}

/** Runs a test with a world of its own. */
export function inWorld(options: TestAppOptions, run: (world: World) => Promise<void>): () => Promise<void> {
  return async () => {
    const world = await openWorld(options);
    let passed = false;
    try {
      await run(world);
      passed = true;
    } finally {
      // a test that failed has said why already
      await (passed ? world.close() : world.app.close());
    }
  };
}
