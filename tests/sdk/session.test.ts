import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { BakendClient, type ClientOptions } from "../../sdk/javascript/index.ts";
import { countingHasher } from "../support/accounts.ts";
import { openApp, type TestApp } from "../support/app.ts";

let app: TestApp;
before(async () => {
  app = await openApp({ accounts: true, passwords: countingHasher() });
});
after(() => app.close());

const password = "correct horse battery";
const open = (options: ClientOptions) => new BakendClient("http://app.local", options);
const local = (request: Request) => app.app.fetch(request);

function storage() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}

/** A client whose requests to one path are answered only when that is allowed. */
function held(path: string, session: ClientOptions["session"]) {
  const asked = Promise.withResolvers<void>();
  const allowed = Promise.withResolvers<void>();
  const client = open({
    session: session ?? "memory",
    async fetch(request) {
      const answer = await local(request);
      if (!request.url.endsWith(path)) return answer;
      asked.resolve();
      await allowed.promise;
      return answer;
    },
  });
  return { client, asked: asked.promise, allow: allowed.resolve };
}

let people = 0;
const CASES = [
  { name: "a logout", ends: false, act: "logout" },
  { name: "a login as another", ends: false, act: "login" },
  { name: "a login as another, where the session was ended elsewhere", ends: true, act: "login" },
  { name: "another login of the same account", ends: false, act: "again" },
  { name: "another login of the same account, where the session was ended elsewhere", ends: true, act: "again" },
] as const;

describe("the answer to a refresh counts for nothing after", () => {
  for (const { name, ends, act } of CASES) {
    for (const where of ["this page", "another tab"] as const) {
      test(`${name}, in ${where}`, async () => {
        const kept = storage();
        const { client, asked, allow } = held("/api/auth/refresh", where === "another tab" ? kept : "memory");
        const actor = where === "another tab" ? open({ session: kept, fetch: local }) : client;
        const [email, another] = [`a${++people}@example.com`, `b${people}@example.com`];
        await open({ fetch: local }).auth.register({ email: another, password });
        await client.auth.register({ email, password });
        if (ends) {
          const elsewhere = open({ fetch: local });
          await elsewhere.auth.login({ email, password });
          await elsewhere.auth.endSession();
        }
        const refreshed = client.auth.refresh();
        await asked;
        if (act === "logout") await actor.auth.logout();
        else await actor.auth.login({ email: act === "again" ? email : another, password });
        const { token } = client.auth;
        allow();
        assert.equal(await refreshed, act === "again");
        const expected = { logout: null, login: another, again: email }[act];
        assert.equal(client.auth.user?.email ?? null, expected);
        assert.equal(client.auth.token, token);
        assert.equal((await client.auth.me())?.email ?? null, expected);
      });
    }
  }

  test("none of these: another tab has got the same answer", async () => {
    const session = storage();
    const [one, other] = [open({ session, fetch: local }), open({ session, fetch: local })];
    const { email } = await one.auth.register({ email: `a${++people}@example.com`, password });
    const told: unknown[] = [];
    for (const { auth } of [one, other]) auth.onChange((user) => told.push(user?.email));
    assert.deepEqual(await Promise.all([one.auth.refresh(), other.auth.refresh()]), [true, true]);
    assert.deepEqual(told, [email, email]);
    assert.equal((await other.auth.me())?.email, email);
  });
});

test("who it was that the server was asked about is not who has signed in meanwhile", async () => {
  const { client, asked, allow } = held("/api/auth/me", "memory");
  const [email, another] = [`a${++people}@example.com`, `b${people}@example.com`];
  await open({ fetch: local }).auth.register({ email: another, password });
  await client.auth.register({ email, password });
  const answered = client.auth.me();
  await asked;
  await client.auth.login({ email: another, password });
  allow();
  await answered;
  assert.equal(client.auth.user?.email, another);
});

test("with cookies, who signs in or out waits for a refresh, whose cookies would come last", async () => {
  const asked: string[] = [];
  const allowed = Promise.withResolvers<void>();
  const client = open({
    session: "cookie",
    async fetch({ url }) {
      asked.push(new URL(url).pathname);
      if (url.endsWith("/refresh")) await allowed.promise;
      return Response.json({ user: { id: url } });
    },
  });
  const all = [client.auth.refresh(), client.auth.login({ email: "a@example.com", password }), client.auth.logout()];
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(asked, ["/api/auth/refresh"]);
  allowed.resolve();
  await Promise.all(all);
  assert.deepEqual(asked, ["/api/auth/refresh", "/api/auth/login", "/api/auth/logout"]);
});
