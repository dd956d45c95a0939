// A backend inside a program: no port, no process of its own, only a function from Request to Response.
import { createApp, defineCollection, type RecordOf, systemPrincipal } from "bakend";
import { sqlite } from "bakend/sqlite";

const notes = defineCollection({
  name: "notes",
  fields: [
    { name: "text", type: "text", required: true },
    { name: "colour", type: "select", options: ["yellow", "green"], default: "yellow" },
  ],
  permissions: { read: "public", create: "public" },
});
type Note = RecordOf<typeof notes>;

const app = await createApp({ database: sqlite(":memory:"), collections: [notes] }).build();

// over HTTP, as any client
const body = JSON.stringify({ text: "Hello" });
const headers = { "content-type": "application/json" };
const answer = await app.fetch(new Request("http://app/api/notes", { method: "POST", headers, body }));
const note = (await answer.json()) as Note;
console.log(answer.status, note.text, note.colour);

// and directly, as the system
const { items } = await app.as(systemPrincipal("example")).records("notes").list({ filter: "colour = 'yellow'" });
console.log(items.length);

await app.close();
