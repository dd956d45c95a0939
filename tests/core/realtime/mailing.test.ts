import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ANONYMOUS } from "../../../src/core/principal.ts";
import { type Client, createClient, type Subscription } from "../../../src/core/realtime/client.ts";
import { createLetter, createMailing } from "../../../src/core/realtime/mailing.ts";

interface Reader {
  readonly client: Client<null>;
  /** What came: `event a,b 1` for a letter of the cursor 1 to the subscriptions a and b. */
  readonly got: string[];
  /** How many messages left in one go, each time that several did. */
  readonly bundles: number[];
  waiting: number;
  subscription(id: string): Subscription<null>;
}

function reader(): Reader {
  const got: string[] = [];
  const bundles: number[] = [];
  const client = createClient<null>("x", ANONYMOUS, {
    send(text, cursor) {
      const { type, ids, n } = JSON.parse(text);
      assert.equal(cursor, n);
      got.push(`${type} ${ids.join()} ${n}`);
    },
    together(work) {
      const before = got.length;
      work();
      bundles.push(got.length - before);
    },
    buffered: () => one.waiting,
    close: () => undefined,
  });
  const one: Reader = {
    client,
    got,
    bundles,
    waiting: 0,
    subscription: (id) => ({
      ...{ id, client, channel: { kind: "records", collection: "posts", actions: new Set() } as never },
      ...{ filter: undefined, watch: null, from: 0, live: true, ended: false },
    }),
  };
  return one;
}

const letter = (n: string) => createLetter("event", `"n":"${n}"}`, n);
const mailing = () => createMailing<null>((task) => void setImmediate(task));

describe("what many are told of", () => {
  test("each client gets a letter once, for all its subscriptions, in order", async () => {
    const [ann, bob] = [reader(), reader()];
    const [first, second] = [letter("1"), letter("2")];
    const { post, sent } = mailing();
    const out = post();
    const [a, b, c] = [ann.subscription("a"), ann.subscription("b"), ann.subscription("c")];
    out.add(a, first);
    out.add(b, second);
    out.add(bob.subscription('"'), second);
    out.add(c, first);
    assert.equal((await out.send()).size, 0);
    assert.deepEqual(ann.got, ["event a,c 1", "event b 2"]);
    assert.deepEqual(bob.got, ['event " 2']);
    assert.deepEqual([ann.bundles, bob.bundles], [[2], []], "one letter goes by itself");
    assert.equal(sent(), 3);
  });

  test("nothing goes to a subscription that has ended on the way, or to a client that is gone", async () => {
    const [ann, bob] = [reader(), reader()];
    const [first, second] = [letter("1"), letter("2")];
    const out = mailing().post();
    const [a, b] = [ann.subscription("a"), ann.subscription("b")];
    for (const one of [a, b, bob.subscription("a")]) {
      out.add(one, first);
      out.add(one, second);
    }
    a.ended = true;
    bob.client.gone();
    await out.send();
    assert.deepEqual(ann.got, ["event b 1", "event b 2"]);
    assert.deepEqual(bob.got, []);
  });

  test("who does not keep up is named, and others get their turn after fifty messages", async () => {
    const readers = Array.from({ length: 125 }, reader);
    const out = mailing().post();
    for (const one of readers) out.add(one.subscription("a"), letter("1"));
    const [slow] = readers;
    assert.ok(slow);
    slow.waiting = 2 ** 30;
    const told = (): number => readers.filter(({ got }) => got.length === 1).length;
    const counts: number[] = [];
    const sending = out.send();
    for (let turn = 0; turn < 3; turn += 1) {
      counts.push(told());
      await new Promise(setImmediate);
    }
    assert.deepEqual([...(await sending)], [slow.client]);
    assert.deepEqual(counts, [50, 100, 125]);
  });
});
