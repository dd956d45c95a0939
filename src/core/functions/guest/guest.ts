import { createLogLimit } from "../log-limit.ts";
import type { FunctionFile, GuestLevel, GuestMessage, HostMessage, LoadFault, LogLine } from "../messages.ts";
import { functionName } from "../trigger.ts";
import { createAsks } from "./asks.ts";
import { createAuth } from "./auth.ts";
import { type CallEnds, createCallEnds } from "./call-ends.ts";
import { createDb } from "./db.ts";
import { faultOf, tooLarge } from "./errors.ts";
import { createFetch, requestOf, wireResponse } from "./http.ts";
import { type IntrinsicsWatch, watchIntrinsics } from "./intrinsics.ts";
import { createMail } from "./mail.ts";
import { createDeclarations, type Declarations } from "./module.ts";
import { createSteps } from "./steps.ts";
import { createStorage } from "./storage.ts";

/** What the platform of a child provides. */
export interface GuestPlatform {
  /** Hands one message to the parent. `now`: before anything else happens. */
  send(message: string, now: boolean): void;
  /** Loads a module. */
  import(url: string): Promise<Readonly<Record<string, unknown>>>;
  /** Where something that was thrown while a file was loaded came from. */
  place(error: unknown, file: FunctionFile): LoadFault;
  /** Sets the variables that functions see, and no others, and has files load as they were when the parent read them. */
  prepare(env: Readonly<Record<string, string>>, texts: Readonly<Record<string, string>>): void;
  /** Bytes of memory that this process holds. */
  memory(): number;
  /** Does something once what the parent has sent by now is received. */
  afterReading(task: () => void): void;
  /** Runs a function so that `current` knows of it wherever it leads. */
  within<T>(call: GuestCall, run: () => T): T;
  current(): GuestCall | undefined;
}

/** A call that runs. */
export interface GuestCall {
  /** What the parent knows it by. */
  readonly id: number;
  readonly name: string;
  readonly fetch: ReturnType<typeof createFetch>;
  /** Whether it does the work of a step at the moment. */
  readonly isInStep?: boolean;
  readonly ends: CallEnds;
  /** Makes it fail, whatever it does from here on. */
  fail(error: Error): void;
}

/** The child's side: loads the functions, runs them, and asks the parent on their behalf. */
export interface Guest {
  /** The module "bakend". */
  readonly module: Declarations["module"];
  /** Takes one message of the parent's. */
  receive(message: string): void;
  log(level: GuestLevel, message: string): void;
}

type CallMessage = Extract<HostMessage, { type: "call" }>;

/** The largest message, in characters of JSON: a body of 8 MB in base64 among them. The parent ends whoever sends much more. */
const MAX_MESSAGE = 12 * 1024 * 1024;

/**
 * Milliseconds of beginning calls after which what has come meanwhile is read: where one has computed, those after it may be
 * another process's by now.
 */
const STINT = 5;

/** Milliseconds after a call's beginning and after its end until all that calls share is looked through. */
const LOOK = 5;

/** Makes the child's side. */
export function createGuest(platform: GuestPlatform): Guest {
  // taken before any user code can exchange them
  const { stringify, parse } = JSON;
  const later = setTimeout;
  const now = performance.now.bind(performance);
  const lines = createLogLimit({ now: Date.now }, put);
  const declarations = createDeclarations();
  const send = (message: GuestMessage, now = false): void => platform.send(written(message), now);
  const asks = createAsks(send);
  const running = new Map<number, CallEnds>();
  /** Calls that begin once it is read what has come with them. */
  const unbegun = new Map<number, CallMessage>();
  /** Milliseconds that beginning calls has taken since. */
  let stint = 0;
  let watch: IntrinsicsWatch | undefined;
  let looking = false;
  let spent = false;
  let most = Number.POSITIVE_INFINITY;
  let env: Readonly<Record<string, string>> = {};

  /** @throws BakendError where it is too large */
  function written(message: GuestMessage): string {
    const text = stringify(message);
    if (text.length <= MAX_MESSAGE) return text;
    const what = message.type === "ask" ? "asked for" : "returned";
    throw tooLarge(`The function ${what} more than 12 MB.`);
  }

  function receive(text: string): void {
    const message: HostMessage = parse(text);
    switch (message.type) {
      case "load":
        env = Object.freeze({ ...message.env });
        most = message.memory;
        platform.prepare(env, message.texts);
        void load(message.files);
        break;
      case "call":
        if (stint < STINT) begin(message);
        else unbegun.set(message.call, message);
        break;
      case "answer":
        asks.answer(message.ask, message);
        break;
      case "drop":
        if (unbegun.delete(message.call)) send({ type: "done", call: message.call });
        running.get(message.call)?.end();
        running.delete(message.call);
        break;
      case "ping":
        send({ type: "pong" });
    }
  }

  /** One after the other, so that it is known which file declares what; all faults are told. */
  async function load(files: readonly FunctionFile[]): Promise<void> {
    const faults: LoadFault[] = [];
    for (const file of files) {
      declarations.enter(file.name);
      try {
        const exported = await platform.import(file.url);
        if (file.job === undefined) declarations.takeDefault(file.name, exported);
        else declarations.takeJob(file.name, file.job, exported);
      } catch (error) {
        faults.push(platform.place(error, file));
      }
    }
    declarations.enter(null);
    watch = watchIntrinsics();
    const told: GuestMessage =
      faults.length > 0 ? { type: "broken", faults } : { type: "loaded", triggers: declarations.triggers };
    send(told, true);
  }

  function begin(message: CallMessage): void {
    const since = now();
    tell(watch?.glance() ?? null);
    // what another has changed for all is nothing to begin with: it goes to another process
    if (!spent) void run(message);
    stint += now() - since;
    if (stint >= STINT) platform.afterReading(goOn);
  }

  function goOn(): void {
    stint = 0;
    for (const [call, message] of unbegun) {
      if (stint >= STINT) return;
      unbegun.delete(call);
      begin(message);
    }
  }

  async function run({ call, trigger: index, input }: CallMessage): Promise<void> {
    // a function that never yields has still begun
    send({ type: "began", call }, true);
    const spec = declarations.triggers[index];
    const handler = declarations.handlers[index];
    const own = asks.of(call);
    const ends = createCallEnds();
    ends.add(own.end);
    running.set(call, ends);
    // it may change what all share and never end
    lookSoon();
    let spoiled: Error | undefined;
    let answer: string;
    try {
      if (!spec || !handler) throw new Error("There is no such function.");
      const name = functionName(spec.file);
      const fetch = createFetch(own);
      const { request, ...rest } = input;
      /** What the call comes to before its work does, if it pauses or is made to fail. */
      const early = Promise.withResolvers<{ readonly until: number }>();
      const here: GuestCall = { id: call, name, fetch, ends, fail: early.reject };
      const context = {
        ...rest,
        step: createSteps(own, {
          pause: (until) => (spoiled ? early.reject(spoiled) : early.resolve({ until })),
          spoil(error) {
            spoiled ??= error;
          },
          within: (work) => platform.within({ ...here, isInStep: true }, work),
          isInStep: () => platform.current()?.isInStep ?? false,
        }),
        ...(request ? { request: requestOf(request) } : {}),
        db: createDb(own),
        auth: createAuth(own),
        mail: createMail(own),
        storage: createStorage(own),
        jobs: {
          enqueue: (job: string, payload?: unknown, options?: object): Promise<unknown> =>
            own.ask({ op: "enqueue", job: String(job), payload, options }),
        },
        fetch,
        env,
        log: logOf(here),
      };
      const work = async (): Promise<unknown> => {
        const value = await platform.within(here, () => handler(context));
        // what another call does to "then" meanwhile is nothing to this one
        if (spec.kind === "http") return await wireResponse(value);
        return spec.kind === "hook" ? value : undefined;
      };
      const done = await Promise.race([early.promise, work()]);
      if (typeof done === "function" || typeof done === "symbol") throw new TypeError("The function returned no data.");
      answer = written({ type: "done", call, value: done });
    } catch (error) {
      const fault = spoiled ? { ...faultOf(spoiled), final: true } : faultOf(error);
      answer = stringify({ type: "failed", call, fault });
      // what has failed for want of memory leaves little to the next
      weigh();
    }
    ends.end();
    // of what the parent has given up only that it is over
    platform.send(running.delete(call) ? answer : stringify({ type: "done", call }), false);
    lookSoon();
  }

  function lookSoon(): void {
    if (looking) return;
    looking = true;
    later(look, LOOK);
  }

  function look(): void {
    looking = false;
    tell(watch?.look() ?? null);
    weigh();
  }

  function weigh(): void {
    if (!spent && platform.memory() > most) expend("the functions of a process take too much memory; it is replaced");
  }

  /** Of what a function has changed for all others. */
  function tell(changed: string | null): void {
    if (changed === null || spent) return;
    expend(`a function has changed ${changed}, which all functions share; its process is replaced`);
  }

  function expend(reason: string): void {
    spent = true;
    put({ level: "warn", from: "", message: reason });
    send({ type: "spent" });
  }

  function logOf({ id, name }: GuestCall) {
    const write =
      (level: GuestLevel) =>
      (...parts: readonly unknown[]): void =>
        void lines.take({ level, from: name, message: parts.map(shown).join(" "), call: id });
    return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
  }

  function put(line: LogLine): void {
    // at once: what comes next may never yield
    send({ type: "log", ...line }, true);
  }

  return {
    module: declarations.module,
    receive,
    log(level, message) {
      const { id, name = "" } = platform.current() ?? {};
      lines.take({ level, from: name, message, ...(id === undefined ? {} : { call: id }) });
    },
  };
}

function shown(part: unknown): string {
  if (typeof part === "string") return part;
  if (part instanceof Error) return part.stack ?? part.message;
  try {
    return JSON.stringify(part) ?? String(part);
  } catch {
    return String(part);
  }
}
