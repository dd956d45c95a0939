import type { GuestMessage } from "../../../src/core/functions/index.ts";
import type { Outcome } from "../../../src/core/functions/pool/index.ts";
import { createRandom, type Random } from "../rules/random.ts";
import type { FakeChild } from "./fake-children.ts";
import { OTHER, play, type Scene, THIRD, TRIGGER, TRIGGERS } from "./pool-scene.ts";

/** A call that was made, and all that came of it. */
interface Made {
  readonly n: number;
  readonly abort: AbortController;
  readonly awaited: boolean;
  /** When it has to be settled. */
  readonly until: number;
  outcome?: Outcome;
  /** Whether it was settled when the pool was looked at last. */
  settled: boolean;
  /** The processes that have begun it, and those from which it had an effect. */
  readonly begunIn: Set<Side>;
  readonly effectsFrom: Set<Side>;
  /** Whether a process has ended while it was begun there. */
  undone: boolean;
}

/** A child, and what its own side of things looks like. */
interface Side {
  readonly child: FakeChild;
  loaded: boolean;
  /** It reads nothing any more, and says nothing. */
  loops: boolean;
  /** How many messages it has read, and how many were looked at. */
  read: number;
  seen: number;
  /** What it goes on with. */
  readonly running: Map<number, Made>;
  /** What it was given and was neither told to drop nor has ended, and whether it has begun it. */
  readonly given: Map<number, { readonly made: Made; begun: boolean }>;
}

/** Things that never may happen, by what they are; each with where it was seen first. */
export type Faults = Map<string, string>;

/** How a pool ends in the middle: not at all, in order, or at once. */
export type Ending = "none" | "retire" | "kill";

/** Milliseconds for which an awaited call may wait each time that it is given to no process. */
const PATIENCE = 5000;

/** How often a call may be given to a process that begins it, or ends; milliseconds until one that does not react is ended. */
const TRIES = 3;
const DOUBT = 500;

/** Processes beyond the ones kept ready. */
const EXTRA = 2;

/**
 * Plays a pool with children that do anything that children may: not load, begin late, ask, answer, loop, die, be spent; calls
 * that make others, and callers that lose their patience. Somewhere in the middle the pool ends, if it does. Then all goes
 * well, until every call is settled.
 */
export function playPool(seed: number, ending: Ending, faults: Faults): Promise<void> {
  const random = createRandom(seed);
  const processes = 1 + random.below(3);
  return play((scene) => playScene(scene, random, ending, faults, seed, processes), processes);
}

async function playScene(
  { pool, time, children, said }: Scene,
  random: Random,
  ending: Ending,
  faults: Faults,
  seed: number,
  processes: number,
): Promise<void> {
  const calls: Made[] = [];
  const sides: Side[] = [];
  let asks = 0;
  let asking: Side | undefined;
  /** Whether it takes calls; null if that is not known yet. */
  let serves: boolean | null = null;
  const fault = (what: string, which = ""): void => {
    if (!faults.has(what)) faults.set(what, `seed ${seed} ${which}`);
  };

  const alive = (): readonly Side[] => sides.filter(({ child }) => !child.killed);

  /** Follows what the pool has done since. */
  function look(): void {
    for (const child of children.slice(sides.length))
      sides.push({ child, loaded: false, loops: false, read: 0, seen: 0, running: new Map(), given: new Map() });
    for (const side of sides) {
      for (const message of side.child.sent.slice(side.seen)) {
        if (message.type === "drop") side.given.delete(message.call);
        if (message.type === "call") give(side, message.call, calls[Number(message.input.payload)]);
      }
      side.seen = side.child.sent.length;
      if (side.child.killed) bury(side);
    }
    for (const made of calls) {
      made.settled = made.outcome !== undefined;
      if (!made.settled && made.awaited && time.now() > made.until) fault("settled too late", `call ${made.n}`);
    }
    // one that owes a sign of life may be about to go
    const idle = alive().filter(
      ({ given, child, read }) => given.size === 0 && child.sent.findLastIndex(({ type }) => type === "ping") < read,
    );
    if (idle.length > processes + EXTRA) fault("too many processes");
  }

  function give(side: Side, id: number, made: Made | undefined): void {
    if (!made) throw new Error("This call was not made here.");
    if (made.effectsFrom.size > 0) fault("begun once more after an effect", `call ${made.n}`);
    if (made.settled) fault("begun after its outcome", `call ${made.n}`);
    const beside = [...side.given.values()].map((one) => one.made);
    if (beside.length > 0 && [made, ...beside].some(({ undone }) => undone))
      fault("what begins once more is not alone", `call ${made.n}`);
    side.given.set(id, { made, begun: false });
  }

  function bury(side: Side): void {
    for (const { made, begun } of side.given.values()) made.undone ||= begun;
    side.given.clear();
  }

  function call(depth = random.below(3), awaited = random.chance(0.6)): Promise<unknown> {
    const n = calls.length;
    const timeout = random.chance(0.3) ? 100 + random.below(3000) : 1000;
    const made: Made = {
      ...{ n, abort: new AbortController(), awaited, undone: false, settled: false },
      until: time.now() + TRIES * (PATIENCE + 2 * timeout + DOUBT),
      ...{ begunIn: new Set(), effectsFrom: new Set() },
    };
    calls.push(made);
    const running = pool.run({
      trigger: random.pick([TRIGGER, OTHER, THIRD]),
      input: { user: null, payload: n },
      ...{ awaited, depth, timeout },
      signal: made.abort.signal,
      async answer(what) {
        if (!("method" in what) || what.method !== "create") return null;
        if (asking) made.effectsFrom.add(asking);
        if (made.effectsFrom.size > 1) fault("effects from two processes", `call ${n}`);
        if (made.outcome) fault("an effect after the outcome", `call ${n}`);
        if (depth < 3 && random.chance(0.3)) await call(depth + 1, true);
        return null;
      },
    });
    return running.then((outcome) => {
      if (made.outcome) fault("settled twice", `call ${n}`);
      made.outcome = outcome;
      if (outcome.ok && outcome.value !== n) fault("the answer of another call", `call ${n}`);
      if (!outcome.ok && outcome.reason === "overloaded" && !awaited && serves)
        fault("an event was refused", `call ${n}`);
    });
  }

  function say(side: Side, message: GuestMessage): void {
    if (side.child.killed) return;
    asking = side;
    side.child.say(message);
    asking = undefined;
    look();
  }

  /** The child reads its next message. */
  function read(side: Side): void {
    look();
    const message = side.child.sent[side.read];
    if (!message || side.child.killed) return;
    side.read += 1;
    if (message.type === "ping") say(side, { type: "pong" });
    if (message.type === "drop" && side.running.delete(message.call) && random.chance(0.7))
      say(side, { type: "done", call: message.call });
    if (message.type !== "call") return;
    const made = calls[Number(message.input.payload)];
    if (!made) return;
    side.running.set(message.call, made);
    // what it was told to drop meanwhile is nothing to anybody
    const given = side.given.get(message.call);
    if (given) {
      given.begun = true;
      made.begunIn.add(side);
    }
    if (made.begunIn.size > 3) fault("begun more than three times", `call ${made.n}`);
    say(side, { type: "began", call: message.call });
  }

  function finish(side: Side, id: number): void {
    const value = side.running.get(id)?.n;
    side.running.delete(id);
    side.given.delete(id);
    const thrown = { type: "failed", call: id, fault: { kind: "error", message: "x" } } as const;
    say(side, random.chance(0.9) ? { type: "done", call: id, value } : thrown);
  }

  function act(side: Side): void {
    const open = [...side.running.keys()];
    const kind = random.below(10);
    if (kind < 4 || open.length === 0) read(side);
    else if (kind < 7) finish(side, random.pick(open));
    else ask(side, random.pick(open));
  }

  function ask(side: Side, id: number): void {
    asks += 1;
    const what = { op: "db", collection: "posts", args: [], method: random.pick(["create", "list"]) } as const;
    say(side, { type: "ask", call: id, ask: asks, what });
  }

  function load(side: Side): void {
    side.loaded = true;
    side.child.load(TRIGGERS, true);
  }

  function disturb(side: Side): void {
    const kind = random.below(8);
    if (kind < 4) {
      side.child.end(random.chance(0.5) ? "signal SIGKILL" : "exit code 1");
      look();
    } else if (kind < 7) side.loops = true;
    else if (side.loaded) say(side, { type: "spent" });
  }

  async function step(): Promise<void> {
    look();
    const [side] = alive().length > 0 ? [random.pick(alive())] : [];
    const kind = random.below(100);
    if (kind < 2) for (let more = 40 + random.below(60); more >= 0; more -= 1) void call();
    else if (kind < 25) for (let more = random.below(4); more >= 0; more -= 1) void call();
    else if (kind < 30 && calls.length > 0) random.pick(calls).abort.abort();
    else if (kind < 38 && side) disturb(side);
    else if (kind < 50) for (const one of alive()) !one.loaded && random.chance(0.7) && load(one);
    else if (kind < 60) await time.pass(random.chance(0.2) ? random.below(1500) : random.below(60));
    else if (side?.loaded && !side.loops) for (let more = random.below(6); more >= 0; more -= 1) act(side);
    if (random.chance(0.7)) await time.pass(0);
    look();
  }

  /** Whoever still can does all that there is to do. */
  async function goOn(): Promise<void> {
    look();
    for (const side of alive()) {
      if (!side.loaded) load(side);
      if (side.loops) continue;
      for (let more = 0; more < 50 && side.read < side.child.sent.length; more += 1) read(side);
      for (const id of [...side.running.keys()]) finish(side, id);
    }
    await time.pass(10);
  }

  function end(): void {
    serves = false;
    if (ending === "kill") pool.kill();
    else void pool.retire();
  }

  void pool.start().then(({ ok }) => {
    serves ??= ok;
  });
  look();
  const steps = 100 + random.below(300);
  const last = ending === "none" ? steps : random.below(steps);
  for (let count = 0; count < steps; count += 1) {
    if (count === last) end();
    await step();
  }
  const isOver = (): boolean => calls.every(({ outcome }) => outcome !== undefined);
  for (let tick = 0; tick < 3000 && !isOver(); tick += 1) await goOn();
  if (!isOver()) fault("never settled");
  for (const line of said) if (line.startsWith("violation")) fault(line);
  for (let tick = 0; tick < 500; tick += 1) await goOn();
  if (ending !== "none" && alive().length > 0) fault("ended, and a process is left");
  if (ending === "none" && alive().length > processes) fault("a process is left over");
  if (time.pending > 0) fault("a timer is left");
}
