import assert from "node:assert/strict";
import { DatabaseError, openDatabase } from "../../../src/core/database/index.ts";
import { FinalError } from "../../../src/core/errors.ts";
import {
  type BakendEvent,
  CONSUMER_TABLES,
  type Consumer,
  createEventBus,
  type Every,
  openConsumer,
  openEventLog,
  streamOfLog,
} from "../../../src/core/events/index.ts";
import { sqliteOnThisRuntime } from "../../conformance/connection-platform.ts";

/** A log, and what a consumer on it needs; the test owns the time. */
export async function openScene(onError: (error: unknown) => void) {
  const { sqlite } = await sqliteOnThisRuntime();
  const db = await openDatabase(sqlite(":memory:", { durability: "normal", threads: false }), {});
  await db.alter(CONSUMER_TABLES);
  const time = { now: Date.parse("2026-01-01T00:00:00.000Z") };
  const timestamp = (): string => new Date(time.now).toISOString();
  const newId = (): string => crypto.randomUUID();
  const bus = createEventBus({ newId, timestamp, defer: queueMicrotask, onError });
  const log = await openEventLog({ db, newId, timestamp });
  const tasks = new Set<() => void>();
  const every: Every = (_, task) => {
    tasks.add(task);
    return () => void tasks.delete(task);
  };
  return {
    ...{ db, bus, log, time, every },
    stream: streamOfLog(log, bus, every),
    async emit(type: string, payload: object): Promise<BakendEvent> {
      const event = bus.prepare(type, payload, "collections");
      await log.append(event, {});
      bus.publish(event);
      return event;
    },
    /** Lets timers go off. */
    pass(milliseconds: number): void {
      time.now += milliseconds;
      for (const task of [...tasks]) task();
    },
    /** As a kill does it. */
    stopTimers: (): void => tasks.clear(),
  };
}

/** A log, and consumers on it that do what a test says. */
export async function openConsumers() {
  const scene = await openScene((error) => assert.fail(String(error)));
  const { db, bus, log, time, every, stream, pass, stopTimers } = scene;
  const delivered: string[] = [];
  const dead: string[] = [];
  const errors: string[] = [];
  /** What deliveries fail with, by target and text. */
  const faults = new Map<string, string>();
  const slow = new Map<string, Promise<void>>();
  const world = { wanted: true, isFull: false };
  const write: typeof db.write = async (statements) => {
    if (world.isFull) throw new DatabaseError({ kind: "full", message: "no room", statement: 0 });
    return db.write(statements);
  };

  const consumer = (owner = "a", targets: readonly string[] = ["f"]): Promise<Consumer> =>
    openConsumer({
      ...{ name: "functions", db: { ...db, write }, stream, owner, every, now: () => time.now },
      isWanted: () => world.wanted,
      targetsOf: (type) => (type.startsWith("posts.") ? targets : []),
      async deliver(target, { event }) {
        const { text } = event.payload as { readonly text: string };
        await slow.get(text);
        const fault = faults.get(`${target} ${text}`);
        delivered.push(`${target} ${text}${fault ? " failed" : ""}`);
        if (fault) throw fault.startsWith("final") ? new FinalError(fault) : new Error(fault);
      },
      onDead: (target, event, error) => dead.push(`${target} ${event.type} ${error}`),
      onError: (error) => errors.push(String(error)),
    });
  const emit = (id: string, text: string, type = "posts.created") => scene.emit(type, { id, text });
  return {
    ...{ world, db, time, consumer, emit, faults, slow, dead, errors, log, pass, stopTimers },
    /** Lets timers go off, and what they begin come to its end. */
    async tick(one: Consumer, milliseconds = 0): Promise<void> {
      pass(milliseconds);
      await bus.idle();
      await one.idle();
    },
    take: (): readonly string[] => delivered.splice(0),
  };
}

/** Lets what was begun go as far as it does at one time. */
export async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
