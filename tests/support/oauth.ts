import assert from "node:assert/strict";
import { after, before, beforeEach } from "node:test";
import { inWorld, type World } from "./accounts.ts";
import type { Answer, TestAppOptions } from "./app.ts";
import { type FakeProvider, fakeProvider } from "./fake-provider.ts";

/** Where the application of these tests is. */
export const APP_URL = "https://example.com";

/** What a browser was sent to a provider with. */
export interface Begun {
  readonly location: string;
  readonly cookie: string;
}

/** What a browser brings back: the path, and the cookie that it was given. */
export interface Returning {
  readonly path: string;
  readonly cookie: string;
}

/** Begins a login; it must succeed. */
export async function begin(world: World, provider: string, query = ""): Promise<Begun> {
  const answer = await world.call("GET", `/api/auth/oauth/${provider}${query}`);
  assert.equal(answer.status, 302, answer.text);
  const [cookie = ""] = answer.headers.getSetCookie();
  assert.match(cookie, /^__Host-bak-oauth-[\w-]{8}=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/);
  return { location: answer.headers.get("location") ?? "", cookie: cookie.split(";")[0] ?? "" };
}

/** Where a provider sent the browser, as a path of the application. */
export function returning(back: string, { cookie }: Pick<Begun, "cookie">): Returning {
  assert.ok(back.startsWith(`${APP_URL}/api/auth/oauth/`), back);
  return { path: back.slice(APP_URL.length), cookie };
}

/** Comes back from a provider. */
export function land(world: World, { path, cookie }: Returning): Promise<Answer> {
  return world.call("GET", path, cookie === "" ? {} : { headers: { cookie } });
}

/** What the application is to providers. */
export const OAUTH_CLIENT = { clientId: "bakend", clientSecret: "shh" };

/** The address of whoever signs in, unless a test says otherwise. */
export const ANN = "ann@example.com";

const STAFF = { name: "staff", kind: "auth", fields: [], permissions: { read: "public" } };

/** Logins through a provider that does as a test says. */
export interface FakeLogins {
  /** Its own again at the begin of each test. */
  readonly fake: FakeProvider;
  /** An application that knows the provider as `mine` and `google`, and by the names in `more`. */
  options(more?: (issuer: string) => object, registration?: "open" | "closed"): TestAppOptions;
  test(run: (world: World) => Promise<void>, ...options: Parameters<FakeLogins["options"]>): () => Promise<void>;
  /** As far as the way back. */
  goThrough(world: World, provider?: string, query?: string): Promise<Returning>;
  login(world: World, provider?: string, query?: string): Promise<Answer>;
}

/** Starts the provider for the tests of a file. */
export function fakeLogins(): FakeLogins {
  let running: FakeProvider | undefined;
  before(async () => {
    running = await fakeProvider();
  });
  after(() => running?.close());
  beforeEach(() => {
    logins.fake.asked.length = 0;
    const person = { sub: "ann-1", id: 1, email: ANN, email_verified: true, name: "Ann" };
    Object.assign(logins.fake, { person, lie: {}, broken: null, forged: false, quiet: false, about: {} });
  });
  const logins: FakeLogins = {
    get fake() {
      assert.ok(running);
      return running;
    },
    options(more = () => ({}), registration = "open") {
      const { issuer } = logins.fake;
      const mine = { issuer, ...OAUTH_CLIENT };
      const providers = { mine, google: mine, ...more(issuer) };
      const origins = ["https://app.example.com", "myapp://login"];
      return { url: APP_URL, collections: [STAFF], auth: { registration, providers, origins } };
    },
    // the provider is there only once the tests run
    test:
      (run, ...options) =>
      async () =>
        inWorld(logins.options(...options), run)(),
    async goThrough(world, provider = "mine", query = "") {
      const begun = await begin(world, provider, query);
      return returning(logins.fake.consent(begun.location), begun);
    },
    login: async (world, provider, query) => land(world, await logins.goThrough(world, provider, query)),
  };
  return logins;
}

/** The identities that are known, in order. */
export function identities(world: World) {
  return world.app.sql(
    `SELECT "issuer", "subject", "collection", "user" FROM "_identities" ORDER BY "subject", "collection"`,
  );
}
