// The same behind Bun's HTTP server. On Node: `import { serveNode } from "bakend/node"`.
import { createApp } from "bakend";
import { serveBun } from "bakend/bun";
import { readPanel } from "bakend/panel";
import { sqlite } from "bakend/sqlite";

const app = await createApp({ database: sqlite(":memory:"), panel: await readPanel() }).build();
const server = await serveBun(app, { host: "127.0.0.1", port: Number(process.env.PORT ?? 8080) });
console.log(`${server.url}/health`);

process.once("SIGTERM", async () => {
  await server.stop({ graceMs: 10_000 });
  await app.close();
});
