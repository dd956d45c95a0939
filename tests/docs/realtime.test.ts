import assert from "node:assert/strict";
import { test } from "node:test";
import { inWorld } from "../support/accounts.ts";
import { brief, connectTo } from "../support/realtime.ts";
import { uuid } from "../support/scenario.ts";
import { readDoc } from "./snippets.ts";

const [, rooms = ""] = /\n## Rooms\n([\s\S]*?)\n## /.exec(readDoc("docs/realtime.md")) ?? [];
const [, definition = "{}"] = /```json\n([\s\S]*?)```/.exec(rooms) ?? [];
const [, script = ""] = /```js\n([\s\S]*?)```/.exec(rooms) ?? [];

test(
  "the room in docs/realtime.md is one, and what is said there is heard",
  inWorld({ collections: [{ name: "users", kind: "auth", fields: [] }, JSON.parse(definition)] }, async (world) => {
    const { token } = await world.signUp("root@example.com", "admin");
    const people = [await world.signUp("ann@example.com"), await world.signUp("bob@example.com")];
    const body = { id: uuid(1), members: people.map(({ id }) => id) };
    await world.ok("POST", "/api/boards", { token, body });
    const [ann, bob] = [await connectTo(world.app, people[0]?.token), await connectTo(world.app, people[1]?.token)];
    await bob.subscribe("board", `boards/${uuid(1)}/room`);
    await bob.take();
    const said: Promise<unknown>[] = [];
    // the script calls `say` with each of its messages
    new Function("say", "id", script)((message: object) => said.push(ann.say(message)), uuid(1));
    assert.equal((await Promise.all(said)).length, 3);
    assert.deepEqual(brief(await bob.take()), [
      'board joined {"name":"Ann","cursor":[0,0]}',
      'board changed {"name":"Ann","cursor":[10,20]}',
      'board reaction {"emoji":"👍"}',
    ]);
    await world.ok("PATCH", `/api/boards/${uuid(1)}`, { token, body: { locked: true } });
    await ann.take();
    assert.deepEqual(brief(await ann.say({ action: "broadcast", id: "board", event: "e" })), ["board error forbidden"]);
  }),
);
