// A program for serve.test.ts: serves a made-up application through the real life cycle.
import { serveBun } from "../../src/adapters/bun/serve.ts";
import { openLogger } from "../../src/cli/logger.ts";
import { serveUntilSignal } from "../../src/cli/serve.ts";
import { loadConfig } from "../../src/core/config/index.ts";
import { NO_FUNCTIONS } from "../../src/core/functions/index.ts";

const [port = "0", fault = ""] = process.argv.slice(2);
const config = loadConfig({ raw: { port: Number(port) }, env: {}, readSecret: () => "" });
const { logger } = openLogger(config, process.env);

process.exit(
  await serveUntilSignal({
    config,
    file: "made-up.json",
    logger,
    json: true,
    serve: serveBun,
    io: {
      cwd: process.cwd(),
      env: process.env,
      out: (text) => void process.stdout.write(text),
      err: (text) => void process.stderr.write(text),
      terminal: false,
    },
    async open() {
      return {
        database: "none",
        durability: "full",
        collections: 3,
        setup: null,
        panel: null,
        types: () => "",
        functions: () => NO_FUNCTIONS,
        tellChanged: () => undefined,
        loadFunctions: async () => NO_FUNCTIONS,
        async fetch(request) {
          const url = new URL(request.url);
          if (url.pathname === "/throw") setTimeout(() => Promise.reject(new Error("forgotten")), 0);
          await new Promise((resolve) => setTimeout(resolve, Number(url.searchParams.get("ms") ?? 0)));
          logger.info("answered", { path: url.pathname });
          return new Response("done");
        },
        connect: async () => new Response(null, { status: 404 }),
        disconnect: () => undefined,
        async close() {
          process.stdout.write("closed\n");
          if (fault === "close") throw new Error("cannot close");
        },
      };
    },
  }),
);
