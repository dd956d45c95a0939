import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { SMTPServer } from "smtp-server";
import { smtp } from "../../../src/adapters/node/smtp.ts";

interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string;
  readonly content: string;
}

/** A real mail server on this machine; `close` ends it. */
async function mailServer(port = 0) {
  const received: Received[] = [];
  const server = new SMTPServer({
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    logger: false,
    onAuth({ username, password }, _session, done) {
      if (username === "bakend" && password === "a long password") done(null, { user: username });
      else done(new Error("wrong"));
    },
    onData(stream, { envelope, user }, done) {
      let content = "";
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => {
        content += text;
      });
      stream.on("end", () => {
        const { mailFrom, rcptTo } = envelope;
        const from = mailFrom ? mailFrom.address : "";
        received.push({ from, to: rcptTo.map(({ address }) => address), user: String(user), content });
        done();
      });
    },
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", () => resolve()));
  const { port: taken } = server.server.address() as AddressInfo;
  return { received, port: taken, close: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}

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
    const second = await mailServer(first.port);
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
