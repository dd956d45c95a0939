/**
 * The load generator, a process of its own: keeps CONNECTIONS sockets busy with one request each, for SECONDS, and prints
 * what came back as JSON. Any answer but the expected status is an error, and errors void a row.
 * usage: bun load.ts URL METHOD CONNECTIONS SECONDS STATUS [BODY] [TOKEN]
 */
const [address = "", method = "GET", connections = "64", seconds = "2", expected = "200", body = "", token = ""] =
  process.argv.slice(2);
const url = new URL(address);
const payload = new TextEncoder().encode(body);
const head =
  `${method} ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n` +
  (token === "" ? "" : `Authorization: Bearer ${token}\r\n`) +
  (body === "" ? "" : `Content-Type: application/json\r\nContent-Length: ${payload.byteLength}\r\n`);
const request = new TextEncoder().encode(`${head}\r\n${body}`);
const decoder = new TextDecoder("latin1");

let requests = 0;
let errors = 0;
let bytes = 0;
let running = true;
const latencies: number[] = [];

interface State {
  pending: string;
  needed: number;
  sent: number;
}

/** Reads what is complete of the answers; true once a whole one is there. */
function take(state: State, text: string): boolean {
  state.pending += text;
  if (state.needed === 0) {
    const end = state.pending.indexOf("\r\n\r\n");
    if (end < 0) return false;
    const length = /\r\ncontent-length: (\d+)/i.exec(state.pending.slice(0, end));
    if (state.pending.slice(9, 12) !== expected || !length) errors += 1;
    state.needed = end + 4 + Number(length?.[1] ?? 0);
  }
  if (state.pending.length < state.needed) return false;
  bytes += state.needed;
  state.pending = state.pending.slice(state.needed);
  state.needed = 0;
  return true;
}

const started = performance.now();
const end = started + Number(seconds) * 1000;

await Promise.all(
  Array.from({ length: Number(connections) }, async () => {
    const finished = Promise.withResolvers<void>();
    const state: State = { pending: "", needed: 0, sent: performance.now() };
    await Bun.connect({
      hostname: url.hostname,
      port: Number(url.port),
      socket: {
        open: (socket) => void socket.write(request),
        data(socket, data) {
          if (!take(state, decoder.decode(data))) return;
          const now = performance.now();
          requests += 1;
          latencies.push(now - state.sent);
          if (now >= end || !running) {
            socket.end();
            finished.resolve();
            return;
          }
          state.sent = now;
          socket.write(request);
        },
        error: () => {
          errors += 1;
          finished.resolve();
        },
        close: () => finished.resolve(),
      },
    });
    setTimeout(finished.resolve, Number(seconds) * 1000 + 2000);
    await finished.promise;
  }),
);
running = false;
const elapsed = (performance.now() - started) / 1000;
latencies.sort((a, b) => a - b);
const at = (share: number): number =>
  latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
console.log(
  JSON.stringify({
    perSecond: requests / elapsed,
    errors,
    bytesEach: bytes / requests,
    p50: at(0.5),
    p99: at(0.99),
    requests,
  }),
);
process.exit(0);
