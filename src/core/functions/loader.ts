import { getOrAdd } from "../../tools/index.ts";
import type { Logger } from "./log.ts";
import { type LoadFault, PROTOCOL } from "./messages.ts";
import { createPool, type Pool, type Timers } from "./pool/index.ts";
import { createRegistry, type Registry } from "./registry.ts";
import type { FunctionRunner, FunctionSource } from "./runner.ts";
import { functionName, type JobOptions, type TriggerSpec, triggerFault, triggerText } from "./trigger.ts";

/** One version of the functions: what there is, and the processes that run it. */
export interface Generation {
  readonly registry: Registry;
  readonly pool: Pool;
  /** What confines its processes, in words. */
  readonly sandbox: string;
  readonly confined: boolean;
}

/** What came of loading. */
export interface LoadReport {
  readonly ok: boolean;
  readonly files: number;
  readonly functions: number;
  /** What confines the processes, in words; null where there are none. */
  readonly sandbox: string | null;
  readonly confined: boolean;
  /** Why nothing was taken over. */
  readonly faults: readonly LoadFault[];
}

/** Keeps the last version of the functions that could be loaded. */
export interface Loader {
  /** Loads all files anew, in new processes: all of them, or the version before stays. */
  load(): Promise<LoadReport>;
  readonly current: Generation | null;
  /** Whether hooks may be missing: there are some, and no version was ever loaded. */
  readonly missesHooks: boolean;
  readonly report: LoadReport;
  /** Lets running calls end. */
  retire(): Promise<void>;
  kill(): void;
}

/** What a loader needs. */
export interface LoaderDeps {
  readonly runner: FunctionRunner;
  readonly logger: Logger;
  readonly timers: Timers;
  readonly timeout: number;
  readonly processes: number;
  /** Why a job cannot be as it is written; null if it can. */
  jobFault(name: string, options: JobOptions): string | null;
  /** Told what came of each loading. */
  onLoaded(report: LoadReport): void;
}

/** What came of starting a version. */
type Started =
  | { readonly generation: Generation; readonly functions: number }
  | { readonly faults: readonly LoadFault[] };

/** What is reported where there are no functions. */
export const NOTHING: LoadReport = { ok: true, files: 0, functions: 0, sandbox: null, confined: false, faults: [] };

/** Makes a loader. `changed` is called when another version of the functions is in force. */
export function createLoader({ runner, logger, jobFault, onLoaded, ...rest }: LoaderDeps, changed: () => void): Loader {
  let current: Generation | null = null;
  let missesHooks = false;
  let report = NOTHING;
  let closed = false;
  const retiring = new Set<Pool>();
  let loading: Promise<LoadReport> = Promise.resolve(NOTHING);

  async function load(): Promise<LoadReport> {
    const source = await runner.source().catch((error: unknown) => String(error));
    // what cannot be read may hold hooks
    if (typeof source === "string")
      return keep({ ...report, ok: false, faults: [{ file: "", message: source }] }, true);
    const files = source.files.length;
    if (runner.kept && files === 0) runner.kept.source = null;
    if (files === 0) return takeOver(null, NOTHING);
    const started = await start(source);
    if ("faults" in started) return keep({ ...report, ok: false, files, faults: started.faults }, source.hooks);
    if (runner.kept) runner.kept.source = source;
    const { generation, functions } = started;
    const { sandbox, confined } = generation;
    return takeOver(generation, { ok: true, files, functions, sandbox, confined, faults: [] });
  }

  /** Starts the processes of a version: all that it declares is in order, or nothing of it runs. */
  async function start(source: FunctionSource): Promise<Started> {
    const pool = createPool({
      runner,
      ...rest,
      load: {
        type: "load",
        version: PROTOCOL,
        files: source.files,
        texts: source.texts,
        env: runner.env,
        memory: runner.memory,
      },
      onLog: ({ level, from, message }) => logger[level](message, from === "" ? {} : { function: from }),
      onViolation: (what) => logger.error("a process of functions was ended: it does not keep to its part", { what }),
      onGuilty: ({ name, text }) =>
        logger.warn("a function ends its processes: it runs alone, and after everything else", {
          function: name,
          trigger: text,
        }),
      onAgain: ({ name, text }, reason) =>
        logger.warn("a call begins once more, by itself: its process ended with several", {
          function: name,
          trigger: text,
          reason,
        }),
      onFailedStart: (reason, pause) => logger.error("a process of functions did not start", { reason, pause }),
    });
    const loaded = await pool.start();
    const faults = loaded.ok ? faultsOf(loaded.triggers, jobFault) : loaded.faults;
    if (!loaded.ok || faults.length > 0 || closed) {
      pool.kill();
      return { faults };
    }
    const { triggers, sandbox, confined } = loaded;
    if (!confined && current === null) logger.warn("functions are not confined against hostile code", { sandbox });
    const registry = createRegistry(triggers);
    return { generation: { registry, pool, sandbox, confined }, functions: triggers.length };
  }

  function takeOver(next: Generation | null, told: LoadReport): LoadReport {
    const old = current;
    current = next;
    missesHooks = false;
    report = told;
    changed();
    if (old) {
      retiring.add(old.pool);
      void old.pool.retire().then(() => retiring.delete(old.pool));
    }
    return told;
  }

  async function keep(found: LoadReport, hooks: boolean): Promise<LoadReport> {
    let told = found;
    const kept = current === null && !closed ? runner.kept?.source : null;
    const started = kept ? await start(kept) : { faults: [] };
    if ("generation" in started) {
      const { sandbox, confined } = started.generation;
      told = { ...found, functions: started.functions, sandbox, confined };
      takeOver(started.generation, told);
    }
    if (current === null) missesHooks = hooks;
    report = told;
    for (const { file, line, message } of told.faults) {
      const place = line === undefined ? file : `${file}:${line}`;
      logger.error(`functions cannot be loaded: ${place === "" ? "" : `${place}: `}${message}`);
    }
    const standing = current ? "the version before stays in force" : "no function runs";
    logger.error(`functions: ${standing}${missesHooks ? ", and writes are refused, as there are hooks" : ""}`);
    return told;
  }

  return {
    load() {
      // one after the other: each begins with what the one before has left
      const next = async (): Promise<LoadReport> => {
        const before = report;
        const told = await load();
        // where there are no functions, and were none, there is nothing to tell
        if (!closed && (told !== NOTHING || before !== NOTHING)) onLoaded(told);
        return told;
      };
      loading = loading.then(next, next);
      return loading;
    },
    get current() {
      return current;
    },
    get missesHooks() {
      return missesHooks;
    },
    get report() {
      return report;
    },
    async retire() {
      closed = true;
      await Promise.all([current?.pool, ...retiring].map((pool) => pool?.retire()));
    },
    kill() {
      closed = true;
      for (const pool of [current?.pool, ...retiring]) pool?.kill();
    },
  };
}

/** What children declare is not believed either. */
function faultsOf(triggers: readonly TriggerSpec[], jobFault: LoaderDeps["jobFault"]): readonly LoadFault[] {
  const seen = new Map<string, string>();
  const faults = triggers.flatMap((spec): LoadFault[] => {
    const fault = spec.kind === "job" ? jobFault(spec.name, spec.options) : triggerFault(spec);
    if (fault !== null) return [{ file: spec.file, message: fault }];
    if (spec.kind !== "http") return [];
    const text = triggerText(spec).replaceAll(/:\w+/g, ":");
    const other = seen.get(text);
    seen.set(text, spec.file);
    return other === undefined
      ? []
      : [{ file: spec.file, message: `${triggerText(spec)} is there already, in ${other}` }];
  });
  return [...faults, ...namesakes(triggers)];
}

/** Files that are called like another, but for their ending: one may be compiled of the other, and all would be done twice. */
function namesakes(triggers: readonly TriggerSpec[]): readonly LoadFault[] {
  const files = new Map<string, Set<string>>();
  for (const spec of triggers) {
    const what = spec.kind === "job" ? `the job ${spec.name} is` : `the functions ${functionName(spec.file)} are`;
    getOrAdd(files, what, () => new Set<string>()).add(spec.file);
  }
  return [...files].flatMap(([what, [first, ...others]]) =>
    others.map((file) => ({ file, message: `${what} there already, in ${first}` })),
  );
}
