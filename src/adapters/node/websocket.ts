import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { type ConnectHandler, isHandshake, MAX_MESSAGE, type ServerSocket, TRY_AGAIN } from "../server.ts";
import { headersOf } from "./http-request.ts";

/** Milliseconds between two pings; who has not answered one by the next is gone. */
const HEARTBEAT = 30_000;

/** Takes on the WebSockets of a server. `close` cuts those that are left. */
export function acceptSockets(server: Server, connect: ConnectHandler, base: string): { close(): void } {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE, clientTracking: false });
  const open = new Set<WebSocket>();
  server.on("upgrade", (incoming, duplex, head) => {
    const cut = (): void => void duplex.destroy();
    duplex.on("error", cut);
    accept(incoming, duplex, head).catch(cut);
  });

  async function accept(incoming: IncomingMessage, duplex: Duplex, head: Buffer): Promise<void> {
    const request = new Request(new URL(incoming.url ?? "/", base), { headers: headersOf(incoming) });
    if (!isHandshake(request)) return void duplex.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
    const way = await connect(request, { address: incoming.socket.remoteAddress });
    if (way instanceof Response) return refuse(duplex, way);
    sockets.handleUpgrade(incoming, duplex, head, (socket) => take(socket, way));
  }

  function take(socket: WebSocket, way: Exclude<Awaited<ReturnType<ConnectHandler>>, Response>): void {
    open.add(socket);
    const events = attempt(() => way(socketOf(socket, () => events?.drained())), socket);
    let answered = true;
    const beat = setInterval(() => {
      if (!answered) return socket.terminate();
      answered = false;
      socket.ping();
    }, HEARTBEAT);
    socket.on("pong", () => {
      answered = true;
    });
    socket.on("message", (data) => events?.receive(String(data)));
    socket.on("error", () => socket.terminate());
    socket.on("close", () => {
      clearInterval(beat);
      open.delete(socket);
      events?.gone();
    });
  }

  return {
    close() {
      for (const socket of open) socket.terminate();
    },
  };
}

function socketOf(socket: WebSocket, drained: () => void): ServerSocket {
  return {
    send: (text) =>
      socket.send(text, () => {
        if (socket.bufferedAmount === 0) drained();
      }),
    buffered: () => socket.bufferedAmount,
    close: (code, reason) => socket.close(code, reason),
  };
}

function attempt<T>(open: () => T, socket: WebSocket): T | undefined {
  try {
    return open();
  } catch (error) {
    socket.close(TRY_AGAIN, error instanceof Error ? error.message : "");
    return undefined;
  }
}

async function refuse(duplex: Duplex, response: Response): Promise<void> {
  const body = await response.text();
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  duplex.end(
    `HTTP/1.1 ${response.status} Refused\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
