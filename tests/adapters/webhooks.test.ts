import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
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
});
