// The same behind Node's HTTP server. On Bun: `import { serveBun } from "bakend/bun"`.
import { createApp } from "bakend";
import { serveNode } from "bakend/node";
import { readPanel } from "bakend/panel";
import { sqlite } from "bakend/sqlite";

const app = await createApp({ database: sqlite(":memory:"), panel: await readPanel() }).build();
const server = await serveNode(app, { host: "127.0.0.1", port: Number(process.env.PORT ?? 8080) });
console.log(`${server.url}/health`);

process.once("SIGTERM", async () => {
  await server.stop({ graceMs: 10_000 });
  await app.close();
});
