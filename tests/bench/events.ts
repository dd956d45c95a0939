import { createEventBus } from "../../src/core/events/index.ts";
import { createIdGenerator, toIso } from "../../src/tools/index.ts";

const EVENTS = 200_000;

/** Prints what emitting an event costs the one who emits it, without and with listeners. */
export async function measureEvents(): Promise<void> {
  for (const listeners of [0, 1, 100]) {
    const events = createEventBus({
      newId: createIdGenerator(Date.now, (bytes) => crypto.getRandomValues(bytes)),
      timestamp: () => toIso(Date.now()),
      defer: setImmediate,
      onError: () => {},
    });
    let heard = 0;
    for (let index = 0; index < listeners; index += 1) {
      events.on("posts.*", () => {
        heard += 1;
      });
    }
    let emitting = 0;
    for (let from = 0; from < EVENTS; from += 1000) {
      const started = performance.now();
      for (let index = 0; index < 1000; index += 1)
        events.emit("posts.created", { id: String(index), title: "x" }, "collections");
      emitting += performance.now() - started;
      await events.idle();
    }
    if (heard !== EVENTS * listeners) throw new Error("events were lost");
    console.log(
      `emit, ${String(listeners).padStart(3)} listeners: ${((emitting / EVENTS) * 1000).toFixed(2)} us an event for the emitter`,
    );
  }
}
