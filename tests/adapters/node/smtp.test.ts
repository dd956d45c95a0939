import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { smtp } from "../../../src/adapters/node/smtp.ts";
import { countingHasher, PASSWORD, secretOf } from "../../support/accounts.ts";
import { assertProblem, openApp } from "../../support/app.ts";
import { mailServer } from "../../support/mail-server.ts";

const FROM = "Example <hello@example.com>";
const MAIL = { to: "ann@example.com", subject: "Grüße", text: "In words\n", html: "<p>In words</p>" };
const options = (port: number) => ({ host: "127.0.0.1", port, secure: false, from: FROM });
const CREDENTIALS = { user: "bakend", password: "a long password" };

describe("smtp", () => {
  test("hands a mail over, with both its forms, as the sender that is configured", async () => {
    const server = await mailServer();
    try {
      await smtp({ ...options(server.port), ...CREDENTIALS }).send(MAIL);
      const [mail] = server.received;
      assert.ok(mail);
      assert.deepEqual([mail.from, mail.to, mail.user], ["hello@example.com", ["ann@example.com"], "bakend"]);
      assert.match(mail.content, /^From: Example <hello@example.com>\r$/m);
      assert.match(mail.content, /^To: ann@example.com\r$/m);
      assert.match(mail.content, /^Subject: =\?UTF-8\?Q\?Gr=C3=BC=C3=9Fe\?=\r$/m);
      assert.match(mail.content, /text\/plain.*In words.*text\/html.*<p>In words<\/p>/s);
    } finally {
      await server.close();
    }
  });

  test("a wrong password is a failure", async () => {
    const server = await mailServer();
    try {
      const mailer = smtp({ ...options(server.port), ...CREDENTIALS, password: "wrong" });
      await assert.rejects(mailer.send(MAIL), { code: "EAUTH" });
      assert.equal(server.received.length, 0);
    } finally {
      await server.close();
    }
  });

  test("a server that is down is a failure, and no longer once it is up", async () => {
    const first = await mailServer();
    await first.close();
    const mailer = smtp({ ...options(first.port), ...CREDENTIALS });
    await assert.rejects(mailer.send(MAIL), { code: "ESOCKET" });
    const second = await mailServer({ port: first.port });
    try {
      await mailer.send(MAIL);
      assert.equal(second.received.length, 1);
    } finally {
      await second.close();
    }
  });

  test("an address is one address", async () => {
    const server = await mailServer();
    try {
      await smtp({ ...options(server.port), ...CREDENTIALS })
        .send({ ...MAIL, to: "ann@example.com, bob@example.com" })
        .catch(() => undefined);
      assert.ok(!server.received.some(({ to }) => to.includes("bob@example.com")));
    } finally {
      await server.close();
    }
  });
});

describe("credentials", () => {
  test("stay here if the server of another machine cannot encrypt", async () => {
    const server = await mailServer();
    try {
      // every address that is not the loopback's counts as another machine
      const mailer = smtp({ ...options(server.port), host: "0.0.0.0", ...CREDENTIALS });
      await assert.rejects(mailer.send(MAIL), { code: "ETLS" });
      assert.deepEqual([server.tries(), server.received.length], [0, 0]);
    } finally {
      await server.close();
    }
  });

  test("stay here if the server encrypts under a name that is not its own", async () => {
    const server = await mailServer({ startTls: true });
    try {
      await assert.rejects(smtp({ ...options(server.port), ...CREDENTIALS }).send(MAIL), /self.signed|certificate/i);
      assert.deepEqual([server.tries(), server.received.length], [0, 0]);
    } finally {
      await server.close();
    }
  });
});

describe("accounts over a real mail server", () => {
  /** The token in the last mail that came. */
  const tokenIn = (content: string): string =>
    secretOf(content.replaceAll("=\r\n", "").replaceAll("=3D", "=").replaceAll("\r", ""));

  test("prove an address with what was delivered, and reset a password that was sent once the server is up again", async () => {
    const first = await mailServer();
    const waits: (() => void)[] = [];
    const app = await openApp({
      accounts: true,
      passwords: countingHasher(),
      url: "https://example.com",
      mailer: smtp({ ...options(first.port), ...CREDENTIALS }),
      mailTimers: { set: (callback) => waits.push(callback), clear: () => undefined },
    });
    const post = (path: string, body: object) => app.call("POST", `/api/auth/${path}`, { body });
    const email = "ann@example.com";
    assert.equal((await post("register", { email, password: PASSWORD })).status, 201);
    await app.app.idle();
    const token = tokenIn(first.received[0]?.content ?? "");
    assert.match(token, /^[\w-]{43}$/);
    assert.equal((await post("verify/confirm", { token })).status, 204);
    await first.close();

    // the server is down: the answer is the same, and the mail waits
    assert.equal((await post("password/forgot", { email })).status, 204);
    await app.app.idle();
    assert.equal(waits.length, 1);
    const second = await mailServer({ port: first.port });
    try {
      waits[0]?.();
      await app.app.idle();
      assert.deepEqual([second.received.length, second.received[0]?.to], [1, [email]]);
      const reset = tokenIn(second.received[0]?.content ?? "");
      const next = "another long password";
      assert.equal((await post("password/reset", { token: reset, password: next })).status, 204);
      assert.equal((await post("login", { email, password: next })).status, 200);
      assertProblem(await post("login", { email, password: PASSWORD }), 401, "invalid_credentials");
    } finally {
      await app.close();
      await second.close();
    }
  });
});
