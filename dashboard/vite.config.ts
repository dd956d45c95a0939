import adapter from "@sveltejs/adapter-static";
import { sveltekit } from "@sveltejs/kit/vite";
import { defineConfig } from "vite";

/** Where `npm run dev` finds a server: `bak dev` on its usual port, unless said otherwise. */
const server = process.env.BAKEND_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [
    sveltekit({
      adapter: adapter({ fallback: "index.html" }),
      paths: { base: "/_", relative: false },
      // the same sources make the same document
      version: { name: "1" },
      // one document with everything in it: what serves it needs to know of nothing else
      output: { bundleStrategy: "inline" },
    }),
  ],
  server: { proxy: { "/api": { target: server, ws: true } } },
});
