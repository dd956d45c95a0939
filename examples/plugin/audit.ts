// A plugin: writes a line to a file for every change of a record, and tells how many there were.
import { appendFile } from "node:fs/promises";
import type { Plugin } from "bakend";

/** Appends what happens to records to a file, one JSON object a line. Served at GET /api/plugins/audit/lines. */
export function audit(file: string): Plugin {
  return {
    name: "audit",
    install({ events, routes }) {
      let lines = 0;
      let last = Promise.resolve();
      events.on("*", (event, { actor }) => {
        if (event.source !== "collections") return;
        lines += 1;
        const line = JSON.stringify({ at: event.timestamp, what: event.type, by: actor?.id ?? actor?.kind });
        // one after the other, whatever became of the line before; the log tells what fails
        last = last.catch(() => undefined).then(() => appendFile(file, `${line}\n`));
        return last;
      });
      routes.add("GET", "/lines", (_, { principal }) =>
        principal.kind === "user" && principal.role === "admin"
          ? Response.json({ lines })
          : new Response(null, { status: 404 }),
      );
      return () => last;
    },
  };
}
