// A backend inside a program: no port, no process of its own, only a function from Request to Response.
import { createApp, defineCollection, systemPrincipal } from "bakend";
import { BakendClient, type RecordsOf } from "bakend/client";
import { sqlite } from "bakend/sqlite";

const notes = defineCollection({
  name: "notes",
  fields: [
    { name: "text", type: "text", required: true },
    { name: "colour", type: "select", options: ["yellow", "green"], default: "yellow" },
  ],
  permissions: { read: "public", create: "public" },
});

const app = await createApp({ database: sqlite(":memory:"), collections: [notes] }).build();

// over HTTP, as any client; what a note holds is known from its definition
const client = new BakendClient<RecordsOf<[typeof notes]>>("http://app", { fetch: (request) => app.fetch(request) });
const note = await client.collection("notes").create({ text: "Hello" });
console.log(note.text, note.colour);

// and directly, as the system
const { items } = await app.as(systemPrincipal("example")).records("notes").list({ filter: "colour = 'yellow'" });
console.log(items.length);

await app.close();
