import assert from "node:assert/strict";
import type { PresentClient, ServerMessage } from "../../src/protocol/index.ts";
import type { TestApp } from "./app.ts";

/** A message of any type, as a test looks at it. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into messages of every shape
export type Message = { readonly type: ServerMessage["type"] } & Record<string, any>;

/** A client at the app's own door, without a network. */
export interface TestClient {
  /** Everything that came since the last time this was asked, once nothing more is under way. */
  take(): Promise<readonly Message[]>;
  /** Says something, and takes what comes of it. */
  say(message: object | string): Promise<readonly Message[]>;
  /** Subscribes; the answer must be `subscribed`. Returns the cursor. */
  subscribe(id: string, channel: string, more?: { filter?: string; since?: string; state?: object }): Promise<string>;
  /** By which others know it. */
  readonly id: string;
  /** How many messages left in one go, each time that several did. */
  readonly bundles: number[];
  /** What is said to wait for being sent. */
  waiting: number;
  /** How the server closed the connection; null while it is open. */
  readonly closed: { readonly code: number; readonly reason: string } | null;
  drained(): void;
  leave(): void;
}

/** Connects to an app, by token or as a guest. The handshake must be accepted. */
export async function connectTo(app: Pick<TestApp, "app">, token?: string, address?: string): Promise<TestClient> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const request = new Request("http://test.local/api/realtime", { headers });
  const open = await app.app.connect(request, address === undefined ? {} : { address });
  if (open instanceof Response) assert.fail(`refused: ${open.status} ${await open.text()}`);
  let inbox: Message[] = [];
  const bundles: number[] = [];
  let closed: TestClient["closed"] = null;
  const connection = open({
    send(text) {
      assert.equal(closed, null, "nothing is sent over a closed connection");
      inbox.push(JSON.parse(text));
    },
    together(work) {
      const before = inbox.length;
      work();
      bundles.push(inbox.length - before);
    },
    buffered: () => client.waiting,
    close(code, reason) {
      closed = { code, reason };
      queueMicrotask(() => connection.gone());
    },
  });
  let id = "";
  const client: TestClient = {
    get id() {
      return id;
    },
    bundles,
    waiting: 0,
    get closed() {
      return closed;
    },
    async take() {
      await app.app.idle();
      await app.app.idle();
      const taken = inbox;
      inbox = [];
      return taken;
    },
    say(message) {
      connection.receive(typeof message === "string" ? message : JSON.stringify(message));
      return client.take();
    },
    async subscribe(id, channel, more = {}) {
      const [answer, ...rest] = await client.say({ action: "subscribe", id, channel, ...more });
      assert.equal(answer?.type, "subscribed", JSON.stringify(answer));
      inbox.unshift(...rest);
      return String(answer?.cursor);
    },
    drained: connection.drained,
    leave: connection.gone,
  };
  const [hello] = await client.take();
  assert.equal(hello?.type, "connected");
  id = String(hello?.clientId);
  return client;
}

const saying = ({ state }: PresentClient): string => JSON.stringify(state);

/** Messages in short: `event posts.created a`, `leave a`, `error forbidden`. */
export function brief(messages: readonly Message[], name: string = "title"): readonly string[] {
  return messages.map((message) => {
    switch (message.type) {
      case "event":
        return `${message.ids.join(",")} ${message.event.type} ${message.event.payload[name]}`;
      case "leave":
        return `${message.ids.join(",")} leave`;
      case "error":
        return `${message.id ?? "-"} error ${message.code}`;
      case "reset":
        return `${message.id} reset ${message.reason}`;
      case "presence":
        return `${message.id} here ${message.present.map(saying).join(",")}`.trimEnd();
      case "joined":
      case "changed":
        return `${message.ids.join(",")} ${message.type} ${saying(message.client)}`;
      case "left":
        return `${message.ids.join(",")} left ${message.client.user?.id ?? "guest"}`;
      case "broadcast":
        return `${message.ids.join(",")} ${message.event} ${JSON.stringify(message.payload)}`;
      default:
        return message.type;
    }
  });
}
