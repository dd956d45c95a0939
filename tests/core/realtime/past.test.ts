import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { LoggedEvent } from "../../../src/core/events/index.ts";
import { ANONYMOUS } from "../../../src/core/principal.ts";
import { type Client, createClient, type Subscription } from "../../../src/core/realtime/client.ts";
import { createDelivery, type Delivery } from "../../../src/core/realtime/delivery.ts";
import type { Sight } from "../../../src/core/realtime/watching.ts";

/** A delivery over a stream that a test writes. A watch is its key; `none` sees nothing. */
function open() {
  const events: LoggedEvent[] = [];
  const judged: (readonly string[])[] = [];
  const errors: unknown[] = [];
  let news = (): void => undefined;
  /** What is to happen while an event is judged. */
  let meanwhile: (logged: LoggedEvent) => Promise<void> = async () => undefined;
  const turns = { taken: 0, judgedBetween: 0, most: 0 };
  const delivery: Delivery<string> = createDelivery<string>({
    stream: {
      epoch: "epoch",
      ends: async () => ({ oldest: 1, newest: events.length }),
      read: async (after, limit) => events.slice(after, after + limit),
      onNews(listener) {
        news = listener;
        return () => undefined;
      },
    },
    async sights(logged, watches) {
      judged.push(watches);
      turns.judgedBetween += watches.length;
      turns.most = Math.max(turns.most, turns.judgedBetween);
      await meanwhile(logged);
      return watches.map((watch): Sight | null =>
        watch === "none" ? null : { kind: "event", record: logged.event.payload as object },
      );
    },
    placeOf: (watch) => ({ collection: "posts", key: watch }),
    isPersonal: () => false,
    mayHaveTurned: () => false,
    onEvent: () => () => undefined,
    before: () => undefined,
    fallBehind: () => assert.fail("nobody falls behind"),
    onGap: () => assert.fail("there is no gap"),
    defer(task) {
      setImmediate(() => {
        turns.taken += 1;
        turns.judgedBetween = 0;
        task();
      });
    },
    onError: (error) => void errors.push(error),
  });
  return {
    ...{ delivery, judged, errors, turns },
    happen(count: number): void {
      for (let n = 0; n < count; n += 1) {
        const seq = events.length + 1;
        const payload = { id: String(seq) };
        const event = { id: `e${seq}`, type: "posts.created", timestamp: "", source: "collections", payload };
        events.push({ seq, event, detail: {} });
      }
      news();
    },
    whileJudging(work: typeof meanwhile): void {
      meanwhile = work;
    },
  };
}

/** A client, and the events that each of its subscriptions was told of. */
function reader() {
  const told = new Map<string, number[]>();
  const state = { waiting: 0 };
  const client: Client<string> = createClient<string>("x", ANONYMOUS, {
    send(text) {
      const { type, ids, id, event } = JSON.parse(text);
      if (type !== "event") told.set(id, [...(told.get(id) ?? []), Number.NaN]);
      else for (const one of ids) told.set(one, [...(told.get(one) ?? []), Number(event.payload.id)]);
    },
    buffered: () => state.waiting,
    close: () => undefined,
  });
  const subscription = (id: string): Subscription<string> => {
    const channel = { kind: "records", collection: "posts", actions: new Set(["created"]) } as never;
    const one = { ...{ id, client, channel, filter: undefined }, watch: null, from: 0, live: false, ended: false };
    client.subscriptions.set(id, one);
    return one;
  };
  return { client, state, subscription, told: (id: string) => told.get(id) ?? [] };
}

const after = (place: number, last: number): readonly number[] =>
  Array.from({ length: last - place }, (_, n) => place + n + 1);

describe("those who catch up", () => {
  test("are decided on together where they are equal", async () => {
    const { delivery, judged, happen } = open();
    happen(150);
    await delivery.start();
    const readers = Array.from({ length: 100 }, reader);
    for (const one of readers) delivery.add(one.subscription("s"), "same", 0);
    await delivery.idle();
    for (const one of readers) assert.deepEqual(one.told("s"), after(0, 150));
    assert.equal(judged.length, 150);
    assert.ok(judged.every((watches) => watches.length === 1));
  });

  test("meet on the way, wherever they set out", async () => {
    const { delivery, judged, happen } = open();
    happen(640);
    await delivery.start();
    const readers = Array.from({ length: 60 }, reader);
    for (const [place, one] of readers.entries()) delivery.add(one.subscription("s"), "same", place);
    await delivery.idle();
    for (const [place, one] of readers.entries()) assert.deepEqual(one.told("s"), after(place, 640));
    assert.ok(judged.length < 60 * 64 + 640, `${judged.length} judgements`);
  });

  test("let others have their turn, however many they are and however much there is", async () => {
    const { delivery, turns, happen } = open();
    happen(400);
    await delivery.start();
    const { subscription, told } = reader();
    for (let n = 0; n < 100; n += 1) delivery.add(subscription(`${n}`), `watch ${n}`, 0);
    let others = 0;
    let goesOn = true;
    const other = (): void => {
      others += 1;
      if (goesOn) setImmediate(other);
    };
    other();
    await delivery.idle();
    goesOn = false;
    assert.deepEqual(told("99"), after(0, 400));
    assert.ok(turns.most <= 500, `${turns.most} judgements in one go`);
    assert.ok(others > 50, `${others} turns of others`);
  });

  test("who is near the present does not wait for those who are far", async () => {
    const { delivery, happen } = open();
    happen(5_000);
    await delivery.start();
    const [far, near] = [reader(), reader()];
    const one = near.subscription("s");
    delivery.add(far.subscription("s"), "far", 0);
    delivery.add(one, "near", 4_990);
    while (!one.live) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(far.told("s").length < 1_000, String(far.told("s").length));
    await delivery.idle();
    assert.deepEqual([near.told("s"), far.told("s")], [after(4_990, 5_000), after(0, 5_000)]);
  });

  test("who does not keep up is waited for, but not by the others", async () => {
    const { delivery, happen } = open();
    happen(300);
    await delivery.start();
    const [slow, quick] = [reader(), reader()];
    slow.state.waiting = 10_000_000;
    const other = quick.subscription("s");
    delivery.add(slow.subscription("s"), "same", 0);
    delivery.add(other, "same", 0);
    while (!other.live) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([slow.told("s"), quick.told("s")], [[], after(0, 300)]);
    slow.state.waiting = 0;
    slow.client.drained();
    await delivery.idle();
    assert.deepEqual(slow.told("s"), after(0, 300));
  });

  test("are told where it cannot be said what they see, and nobody else is", async () => {
    const { delivery, happen, errors, whileJudging } = open();
    happen(10);
    await delivery.start();
    const { subscription, told } = reader();
    whileJudging(({ seq }) => (seq === 5 ? Promise.reject(new Error("no")) : Promise.resolve()));
    delivery.add(subscription("past"), "a", 0);
    delivery.add(subscription("later"), "b", 7);
    await delivery.idle();
    assert.deepEqual(
      [told("past"), told("later")],
      [
        [1, 2, 3, 4, Number.NaN],
        [8, 9, 10],
      ],
    );
    assert.equal(errors.length, 1);
  });
});

describe("who gets another watch while an event is judged", () => {
  for (const [since, name] of [
    [null, "of the present"],
    [0, "of the past"],
  ] as const) {
    test(`is judged anew, and misses nothing ${name}`, async () => {
      const { delivery, happen, whileJudging } = open();
      await delivery.start();
      const { subscription, told } = reader();
      const [kept, gained, lost, still, other] = ["kept", "gained", "lost", "still", "other"].map(subscription);
      if (!kept || !gained || !lost || !still || !other) assert.fail();
      whileJudging(async ({ seq }) => {
        if (seq !== 2) return;
        whileJudging(async () => {
          // by now the event is on its way to who was not concerned
          whileJudging(async () => undefined);
          delivery.exchange(still, "a");
          delivery.exchange(kept, "b");
        });
        delivery.exchange(kept, "a");
        delivery.exchange(gained, "a");
        delivery.exchange(lost, "none");
        // who is told of the present hears nothing of the past by this
        delivery.exchange(other, "b");
      });
      if (since === 0) happen(3);
      while (since === 0 && delivery.cursor() !== "epoch-3") await delivery.idle();
      delivery.add(other, "b", null);
      delivery.add(kept, "a", since);
      delivery.add(gained, "none", since);
      delivery.add(lost, "b", since);
      delivery.add(still, "b", since);
      if (since === null) happen(3);
      await delivery.idle();
      assert.deepEqual([told("kept"), told("gained"), told("lost")], [[1, 2, 3], [2, 3], [1]]);
      assert.deepEqual(told("still"), [1, 2, 3]);
      assert.deepEqual(told("other"), since === 0 ? [] : [1, 2, 3]);
    });
  }
});

test("whoever comes from wherever, keeps up or not: each is told of each event once, in order", async () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * below);
  };
  const { delivery, happen } = open();
  happen(500);
  await delivery.start();
  const all: { readonly one: Subscription<string>; readonly who: ReturnType<typeof reader>; readonly from: number }[] =
    [];
  let last = 500;
  for (let step = 0; step < 400; step += 1) {
    if (step % 3 === 0) {
      const who = random(3) === 0 ? reader() : (all[random(all.length)]?.who ?? reader());
      const one = who.subscription(`s${step}`);
      const from = random(last);
      delivery.add(one, `watch ${random(5)}`, from);
      all.push({ one, who, from });
    }
    const { one, who } = all[random(all.length)] ?? assert.fail();
    if (step % 7 === 0) who.state.waiting = who.state.waiting === 0 && !one.live ? 10_000_000 : 0;
    if (step % 11 === 0) delivery.exchange(one, `watch ${random(5)}`);
    // nobody is slow while something new happens: that would end what they follow of the present
    for (const each of all) {
      if (random(2) === 0) each.who.state.waiting = 0;
      each.who.client.drained();
    }
    if (all.every((each) => each.who.state.waiting === 0)) {
      const more = random(6);
      happen(more);
      last += more;
    }
    if (random(3) > 0) await new Promise((resolve) => setImmediate(resolve));
  }
  for (const { who } of all) {
    who.state.waiting = 0;
    who.client.drained();
  }
  await delivery.idle();
  for (const { one, who, from } of all) assert.deepEqual(who.told(one.id), after(from, last));
});
