import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { sendWebhooks } from "../../src/adapters/process/outbound.ts";
import { inWorld } from "../support/accounts.ts";

interface Received {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

let server: Server;
let url = "";
let answer = 204;
const received: Received[] = [];
before(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text) => {
      body += text;
    });
    request.on("end", () => {
      received.push({ headers: request.headers, body });
      response.writeHead(answer, answer === 302 ? { location: "http://127.0.0.1:1/" } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});
after(() => void server.close());

const SWITCH = "HTTP/1.1 101 Switching Protocols\r\n";

const NOTES = { name: "notes", fields: [{ name: "title", type: "text" }], permissions: { create: "public" } };

describe("webhooks to a real server", () => {
  test("are told of what was written, signed, and tried again until they are taken", () => {
    const ticks = new Set<() => void>();
    const every = (_: number, task: () => void): (() => void) => {
      ticks.add(task);
      return () => void ticks.delete(task);
    };
    return inWorld({ collections: [NOTES], sendOut: sendWebhooks(["127.0.0.1"]), every }, async (world) => {
      const { token } = await world.signUp("root@example.com", "admin");
      const made = await world.ok("POST", "/api/admin/webhooks", { token, body: { url, events: ["notes.*"] } });
      answer = 500;
      const note = await world.ok("POST", "/api/notes", { body: { title: "one" } });
      await world.app.app.idle();
      assert.equal(received.length, 1);
      answer = 204;
      world.pass(2000);
      for (const tick of ticks) tick();
      await world.app.app.idle();
      assert.equal(received.length, 2);
      const [first, second] = received;
      assert.equal(first?.headers["webhook-id"], second?.headers["webhook-id"]);
      const event = JSON.parse(second?.body ?? "");
      assert.deepEqual([event.type, event.payload.id], ["notes.created", note.id]);
      const key = Buffer.from(made.secret.slice("whsec_".length), "base64");
      const signed = `${second?.headers["webhook-id"]}.${second?.headers["webhook-timestamp"]}.${second?.body}`;
      const signature = `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
      assert.equal(second?.headers["webhook-signature"], signature);
      const { items } = await world.ok("GET", `/api/admin/webhooks/${made.id}/attempts`, { token });
      assert.deepEqual(
        items.map((one: { status: number }) => one.status),
        [204, 500],
      );
    })();
  });

  const refused: [name: string, to: string, hosts: readonly string[]][] = [
    ["this machine", "http://127.0.0.1:1/", []],
    ["this machine by name", "http://localhost:1/", []],
    ["this machine in IPv6", "http://[::1]:1/", []],
    ["this machine as IPv4 in IPv6", "http://[::ffff:127.0.0.1]:1/", []],
    ["this machine as a number", "http://2130706433/", []],
    ["the provider's metadata", "http://169.254.169.254/latest", []],
    ["a private network", "http://10.0.0.1/", ["10.0.0.2"]],
    ["another port than the one that is named", "http://127.0.0.1:1/", ["127.0.0.1:2"]],
    ["somebody else's credentials", "http://user:pass@example.com/", []],
  ];
  for (const [name, to, hosts] of refused) {
    test(`are not sent to ${name}`, () =>
      assert.rejects(sendWebhooks(hosts)({ url: to, headers: {}, body: "{}" }, AbortSignal.timeout(5000)), {
        code: "forbidden",
      }));
  }

  test("follow no redirection", async () => {
    answer = 302;
    const { status } = await sendWebhooks(["127.0.0.1"])({ url, headers: {}, body: "{}" }, AbortSignal.timeout(5000));
    answer = 204;
    assert.equal(status, 302);
  });

  const head = "HTTP/1.1 200 OK\r\n";
  const oversize = 20 * 1024 * 1024;
  const receivers: [name: string, answers: (socket: Socket) => unknown, status: number | null][] = [
    ["says nothing", () => undefined, null],
    ["goes on with its headers", (socket) => socket.write(`${head}a: b\r\n`), null],
    ["bids to continue, for ever", (socket) => socket.write("HTTP/1.1 100 Continue\r\n\r\n"), null],
    ["switches protocols", (socket) => socket.write(`${SWITCH}upgrade: x\r\nconnection: upgrade\r\n\r\n`), 101],
    ["switches protocols without naming one", (socket) => socket.write(`${SWITCH}\r\n`), 101],
    ["never ends its answer", (socket) => socket.write(`${head}transfer-encoding: chunked\r\n\r\n1\r\na\r\n`), 200],
    [
      "answers too much",
      (socket) => socket.write(`${head}content-length: ${oversize}\r\n\r\n${"x".repeat(oversize)}`),
      200,
    ],
  ];
  for (const [name, answers, status] of receivers) {
    test(`come to ${status ?? "an end"} where the other side ${name}, and the connection is closed`, async () => {
      const { promise: closed, resolve } = Promise.withResolvers<void>();
      const other = createSocketServer((socket) => {
        socket.on("error", () => undefined).on("close", () => resolve());
        socket.once("data", () => answers(socket));
      });
      await new Promise<void>((listening) => other.listen(0, "127.0.0.1", listening));
      const to = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
      const signal = AbortSignal.timeout(status === null ? 300 : 20_000);
      const sent = sendWebhooks(["127.0.0.1"])({ url: to, headers: {}, body: "{}" }, signal);
      if (status === null) await assert.rejects(sent, { code: "unavailable" });
      else assert.deepEqual(await sent, { status });
      await closed;
      other.close();
    });
  }
});
