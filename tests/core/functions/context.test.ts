import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type FunctionWorld, openFunctions } from "../../support/functions.ts";

/** Calls whatever a test names, and tells what came of it. */
const ASK = `
  import { onEvent, onRequest } from "bakend";
  const ask = async ({ request, auth, mail, jobs }) => {
    const { on, method, args } = await request.json();
    try {
      return Response.json({ value: (await { auth, mail, jobs }[on][method](...args)) ?? null });
    } catch (error) {
      return Response.json({ name: error.name, code: error.code, status: error.status, fields: error.errors?.map(({ field, code }) => field + " " + code) });
    }
  };
  onRequest("POST", "/ask", ask);
  onRequest("POST", "/sign-in", async ({ request, auth }) => Response.json(await auth.signIn(...(await request.json()))));
  onRequest("POST", "/raw", async ({ request, auth, mail }) => {
    const { on, method, args } = await request.json();
    return Response.json((await { auth, mail }[on][method](...args)) ?? null);
  });
  onEvent("auth.logout", ({ event, auth }) => auth.signOut(event.payload.user));
`;

const MAIL = { to: "bob@example.com", subject: "Hello", text: "Hello Bob,\n\n1 < 2" };

describe("auth and mail in functions", () => {
  let world: FunctionWorld;
  before(async () => {
    world = await openFunctions({ files: { "functions/ask.ts": ASK } });
    assert.deepEqual(world.app.app.functions.report.faults, []);
  });
  after(() => world.close());

  const ask = (on: string, method: string, ...args: readonly unknown[]) =>
    world.ok("POST", "/api/functions/ask", { body: { on, method, args } });

  test("an account is told as its owner sees it", async () => {
    const ann = await world.signUp("ann@example.com", undefined, { name: "Ann" });
    const { user } = await world.ok("GET", "/api/auth/me", { token: ann.token });
    assert.deepEqual((await ask("auth", "user", ann.id)).value, { ...user, collection: "users" });
    assert.equal((await ask("auth", "user", "nobody")).value, null);
    assert.equal((await ask("auth", "user", ann.id, "ask")).value, null);
  });

  test("a token is its account's for as long as it is good", async () => {
    const eve = await world.signUp("eve@example.com");
    const verify = async (token: string) => (await ask("auth", "verify", token)).value;
    assert.equal((await verify(eve.token)).id, eve.id);
    for (const token of ["", "x", `${eve.token}x`, eve.refreshToken]) assert.equal(await verify(token), null);
    const key = async (scopes: readonly string[]): Promise<string> =>
      (await world.ok("POST", "/api/auth/keys", { token: eve.token, body: { name: "key", scopes } })).key;
    for (const [scopes, good] of [
      [["*"], true],
      [["functions"], true],
      [["functions:read", "functions:write"], true],
      [["functions:read"], false],
      [["posts"], false],
    ] as const)
      assert.equal((await verify(await key(scopes)))?.id, good ? eve.id : undefined, scopes.join());
    // ends with the session
    assert.deepEqual(await ask("auth", "signOut", eve.id), { value: null });
    await world.app.app.idle();
    assert.equal(await verify(eve.token), null);
    assert.equal((await world.call("GET", "/api/auth/me", { token: eve.token })).status, 401);
  });

  test("a session begins without a proof, is told as one of a function, and ends like any other", async () => {
    const bob = await world.signUp("bob@example.com");
    const signedIn = await world.ok("POST", "/api/functions/sign-in", { body: [bob.id] });
    assert.deepEqual(Object.keys(signedIn).sort(), ["expiresAt", "refreshToken", "token", "user"]);
    assert.equal(signedIn.user.email, "bob@example.com");
    const { sessions } = await world.ok("GET", "/api/auth/sessions", { token: signedIn.token }).then((answer) => ({
      sessions: answer.items as readonly { device: string; current: boolean }[],
    }));
    assert.deepEqual(
      sessions.filter(({ current }) => current).map(({ device }) => device),
      ["function ask"],
    );
    await world.app.app.idle();
    const login = world.events.filter(({ type }) => type === "auth.login").at(-1);
    assert.deepEqual(login?.payload, { user: bob.id, collection: "users", method: "function" });
    const { token } = await world.ok("POST", "/api/auth/refresh", { body: { refreshToken: signedIn.refreshToken } });
    assert.equal((await world.call("GET", "/api/auth/me", { token })).status, 200);
  });

  test("functions that set each other off by what they do to accounts come to an end", async () => {
    const ida = await world.signUp("ida@example.com");
    const before = world.events.filter(({ type }) => type === "auth.logout").length;
    await ask("auth", "signOut", ida.id);
    await world.app.app.idle();
    // one by the request, seven by functions after it
    assert.equal(world.events.filter(({ type }) => type === "auth.logout").length - before, 8);
  });

  test("mails of the accounts' own flows", async () => {
    const una = await world.signUp("una@example.com");
    await world.mails();
    const invited = await ask("auth", "invite", "new@example.com", { role: "editor" });
    assert.deepEqual(Object.keys(invited.value).sort(), ["collection", "email", "expiresAt", "role"]);
    const token = await world.secret(/invited/);
    const { user } = await world.ok("POST", "/api/auth/invitations/accept", {
      body: { token, password: "correct horse battery" },
    });
    assert.deepEqual([user.email, user.role, user.verified], ["new@example.com", "editor", true]);
    assert.deepEqual(await ask("auth", "sendVerification", "una@example.com"), { value: null });
    await world.ok("POST", "/api/auth/verify/confirm", { body: { token: await world.secret(/address/) } });
    assert.deepEqual(await ask("auth", "sendPasswordReset", "una@example.com"), { value: null });
    await world.ok("POST", "/api/auth/password/reset", {
      body: { token: await world.secret(/password/), password: "another horse battery" },
    });
    assert.equal((await ask("auth", "user", una.id)).value.verified, true);
    // whether there is an account is not told
    assert.deepEqual(await ask("auth", "sendPasswordReset", "nobody@example.com"), { value: null });
    assert.deepEqual(await world.mails(), []);
  });

  test("a mail goes through the outbox", async () => {
    await world.mails();
    assert.deepEqual(await ask("mail", "send", MAIL), { value: null });
    const [sent, ...more] = await world.mails();
    assert.deepEqual(more, []);
    const { html, ...rest } = sent ?? { html: "" };
    assert.deepEqual(rest, MAIL);
    assert.match(html, /<p>1 &lt; 2<\/p>/);
    await ask("mail", "send", { ...MAIL, html: "<b>Hello</b>" });
    assert.equal((await world.mails())[0]?.html, "<b>Hello</b>");
  });

  const WRONG: readonly [what: string, on: string, method: string, args: readonly unknown[], expected: object][] = [
    ["an id that is none", "auth", "user", [{ id: 1 }], { code: "bad_request", status: 400 }],
    ["a collection that is none", "auth", "user", ["x", ["users"]], { code: "bad_request", status: 400 }],
    ["a token that is none", "auth", "verify", [null], { code: "bad_request", status: 400 }],
    ["nobody to sign in", "auth", "signIn", ["nobody"], { code: "not_found", status: 404 }],
    ["accounts that there are not", "auth", "signIn", ["x", "_sessions"], { code: "not_found", status: 404 }],
    ["nobody to sign out", "auth", "signOut", ["nobody"], { code: "not_found", status: 404 }],
    ["more than is known", "auth", "invite", ["a@b.example", { verified: true }], { code: "bad_request", status: 400 }],
    [
      "an invitation of no address",
      "auth",
      "invite",
      ["a@b.example\r\nBcc: c@d.example"],
      { code: "validation_failed", status: 400, fields: ["email pattern"] },
    ],
    [
      "a role that is none",
      "auth",
      "invite",
      ["a@b.example", { role: "admin of all" }],
      { code: "validation_failed", status: 400, fields: ["role pattern"] },
    ],
    ["a reset for no address", "auth", "sendPasswordReset", [{}], { code: "bad_request", status: 400 }],
    [
      "a delay that is none",
      "jobs",
      "enqueue",
      ["a", null, { delay: 1.5 }],
      { code: "validation_failed", status: 400, fields: ["delay type"] },
    ],
    [
      "an option that is not known",
      "jobs",
      "enqueue",
      ["a", 1, { dealy: 5 }],
      { code: "validation_failed", status: 400, fields: ["dealy unknown_field"] },
    ],
    ["a mail that is none", "mail", "send", ["bob@example.com"], { code: "bad_request", status: 400 }],
    ["another sender", "mail", "send", [{ ...MAIL, from: "x@y.example" }], { code: "bad_request", status: 400 }],
    ["several addresses", "mail", "send", [{ ...MAIL, to: ["a@b.example"] }], { code: "bad_request", status: 400 }],
    ...(
      [
        ["to pattern", { to: "a@b.example, c@d.example" }],
        ["to pattern", { to: "a@b.example\nBcc: c@d.example" }],
        ["to pattern", { to: "" }],
        ["to pattern", { to: "bob\0@example.com" }],
        ["subject pattern", { subject: "Hello\r\nBcc: c@d.example" }],
        ["subject pattern", { subject: "Hello\u2028there" }],
        ["subject pattern", { subject: "Hello\0" }],
        ["subject required", { subject: "" }],
        ["subject max", { subject: "x".repeat(256) }],
        ["text required", { text: "" }],
        ["text max", { text: "x".repeat(200_000), html: "x".repeat(100_000) }],
      ] as const
    ).map(
      ([field, part]) =>
        [
          `${field}: ${JSON.stringify(part).slice(0, 50)}`,
          "mail",
          "send",
          [{ ...MAIL, ...part }],
          { code: "validation_failed", status: 400, fields: [field] },
        ] as [string, string, string, unknown[], object],
    ),
  ];
  for (const [what, on, method, args, expected] of WRONG)
    test(`refused: ${what}`, async () => {
      await world.mails();
      const { fields = [], ...refusal } = await ask(on, method, ...args);
      assert.deepEqual({ ...refusal, fields }, { name: "BakendError", fields: [], ...expected });
      assert.deepEqual(await world.mails(), []);
    });

  test("a refusal that nobody catches is a failure without details", async () => {
    const body = { on: "auth", method: "signIn", args: ["nobody"] };
    const answer = await world.call("POST", "/api/functions/raw", { body });
    assert.deepEqual([answer.status, answer.body.code], [500, "function_failed"]);
    assert.doesNotMatch(answer.text, /nobody|account/);
  });
});

test("without a mailer, mails are refused and nothing else is", async () => {
  const world = await openFunctions({ files: { "functions/ask.ts": ASK }, mailer: undefined as never });
  const send = (on: string, method: string, ...args: readonly unknown[]) =>
    world.ok("POST", "/api/functions/ask", { body: { on, method, args } });
  assert.equal((await send("mail", "send", MAIL)).code, "unavailable");
  for (const method of ["invite", "sendPasswordReset", "sendVerification"])
    assert.equal((await send("auth", method, "a@b.example")).code, "unavailable", method);
  assert.equal((await send("auth", "user", "nobody")).value, null);
  await world.close();
});
