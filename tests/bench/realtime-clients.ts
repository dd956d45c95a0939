/**
 * Many subscribers in one process, some of which come and go. Each holds what it is told against what it must be told:
 * every change of every record, once, in order. Prints one line of JSON when it is ready, and one in the end, when its
 * standard input is closed.
 * usage: bun realtime-clients.ts URL CLIENTS RECONNECTS_PER_SECOND
 */
const [url = "", clients = "1000", perSecond = "0"] = process.argv.slice(2);

interface Told {
  readonly type: string;
  readonly cursor?: string;
  readonly event?: { readonly payload: { readonly id: string; readonly views: number; readonly body: string } };
}

const lateness: number[] = [];
let delivered = 0;
let lost = 0;
let doubled = 0;
let resets = 0;
let reconnects = 0;

/** One subscriber, over as many connections as it takes. */
function subscriber() {
  const seen = new Map<string, number>();
  let cursor: string | undefined;
  let socket: WebSocket;
  let leaving = false;
  const ready = Promise.withResolvers<void>();

  const connect = (): void => {
    leaving = false;
    socket = new WebSocket(`${url.replace("http", "ws")}/api/realtime`);
    const mine = socket;
    mine.onopen = () =>
      mine.send(
        JSON.stringify({ action: "subscribe", id: "s", channel: "posts.*", ...(cursor ? { since: cursor } : {}) }),
      );
    mine.onmessage = ({ data }) => {
      if (leaving || mine !== socket) return;
      const message = JSON.parse(String(data)) as Told;
      if (message.type === "subscribed") {
        cursor ??= message.cursor;
        ready.resolve();
      } else if (message.type === "reset") resets += 1;
      else if (message.type === "event" && message.event && message.cursor) {
        cursor = message.cursor;
        const { id, views, body } = message.event.payload;
        const before = seen.get(id);
        if (before !== undefined && views <= before) doubled += 1;
        else if (before !== undefined && views > before + 1) lost += views - before - 1;
        seen.set(id, Math.max(views, before ?? 0));
        delivered += 1;
        lateness.push(Date.now() - Number(body));
      }
    };
  };
  connect();
  return {
    ready: ready.promise,
    seen,
    reconnect(): void {
      reconnects += 1;
      leaving = true;
      socket.close();
      setTimeout(connect, 5 + Math.random() * 50);
    },
  };
}

const all = Array.from({ length: Number(clients) }, subscriber);
await Promise.all(all.map(({ ready }) => ready));
console.log(JSON.stringify({ ready: all.length }));

const timer =
  Number(perSecond) > 0
    ? setInterval(() => all[Math.floor(Math.random() * all.length)]?.reconnect(), 1000 / Number(perSecond))
    : undefined;

const last = JSON.parse(await new Response(Bun.stdin.stream()).text()) as Record<string, number>;
clearInterval(timer);
await Bun.sleep(1500);
for (const { seen } of all) for (const [id, views] of Object.entries(last)) lost += views - (seen.get(id) ?? 0);
lateness.sort((a, b) => a - b);
const at = (share: number): number => lateness[Math.floor(lateness.length * share)] ?? 0;
console.log(JSON.stringify({ delivered, lost, doubled, resets, reconnects, p50: at(0.5), p99: at(0.99) }));
process.exit(0);
