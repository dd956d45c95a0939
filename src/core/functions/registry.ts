import { getOrAdd } from "../../tools/index.ts";
import { BakendError } from "../errors.ts";
import { compileInterest } from "../events/index.ts";
import {
  functionName,
  type HookAction,
  type HttpMethod,
  type JobOptions,
  type TriggerSpec,
  triggerText,
} from "./trigger.ts";

/** A function that is loaded: what calls it, and how it is called in logs and events. */
export interface Trigger {
  /** Its place in the list that children have reported. */
  readonly index: number;
  /** Tells it from all others, also of later versions: its file, what calls it, and which of several it is. */
  readonly id: string;
  /** `billing/invoices`. */
  readonly name: string;
  /** `posts.created`, `before posts.create`, `GET /hello/:name`. */
  readonly text: string;
  readonly spec: TriggerSpec;
}

/** A job that is loaded. */
export interface JobTrigger {
  readonly name: string;
  readonly options: JobOptions;
  readonly trigger: Trigger;
}

/** The functions that are loaded, by what calls them. */
export interface Registry {
  readonly all: readonly Trigger[];
  /** Those that an event calls. */
  onEvent(type: string): readonly Trigger[];
  /** Those that stand before a write, in the order in which they were declared. */
  before(collection: string, action: HookAction): readonly Trigger[];
  /** The jobs, with what is written beside them. */
  readonly jobs: readonly JobTrigger[];
  /** The one that answers a request, the methods that would be answered, or null for a path that is not known. */
  atPath(method: string, path: string): HttpMatch | { readonly allow: readonly HttpMethod[] } | null;
}

/** An HTTP function, with the parameters of its path. */
export interface HttpMatch {
  readonly trigger: Trigger;
  readonly params: Readonly<Record<string, string>>;
}

/** Makes a registry of triggers that have no fault. */
export function createRegistry(specs: readonly TriggerSpec[]): Registry {
  const count = new Map<string, number>();
  const all = specs.map((spec, index) => {
    const [name, text] = [functionName(spec.file), triggerText(spec)];
    const same = (count.get(`${name} ${text}`) ?? 0) + 1;
    count.set(`${name} ${text}`, same);
    return { index, id: `${name} ${text}${same > 1 ? ` ${same}` : ""}`, name, text, spec };
  });
  const hooks = new Map<string, Trigger[]>();
  const jobs: JobTrigger[] = [];
  const events: { readonly matches: (type: string) => boolean; readonly trigger: Trigger }[] = [];
  const paths: { readonly segments: readonly string[]; readonly method: HttpMethod; readonly trigger: Trigger }[] = [];
  for (const trigger of all) {
    const { spec } = trigger;
    if (spec.kind === "hook") getOrAdd(hooks, `${spec.collection}.${spec.action}`, () => []).push(trigger);
    else if (spec.kind === "job") jobs.push({ name: spec.name, options: spec.options, trigger });
    else if (spec.kind === "http") paths.push({ segments: split(spec.path), method: spec.method, trigger });
    else events.push({ matches: compileInterest(spec.pattern), trigger });
  }
  // a literal segment goes before a parameter
  paths.sort((left, right) => shape(left.segments).localeCompare(shape(right.segments)));

  return {
    all,
    jobs,
    onEvent: (type) => events.filter(({ matches }) => matches(type)).map(({ trigger }) => trigger),
    before: (collection, action) => hooks.get(`${collection}.${action}`) ?? [],
    atPath(method, path) {
      const segments = split(path);
      const wanted = method === "HEAD" ? "GET" : method;
      const allow: HttpMethod[] = [];
      for (const one of paths) {
        const params = match(one.segments, segments);
        if (params === null) continue;
        if (one.method === wanted) return { trigger: one.trigger, params };
        allow.push(one.method);
      }
      return allow.length > 0 ? { allow } : null;
    },
  };
}

function split(path: string): readonly string[] {
  return path.split("/").filter((segment) => segment !== "");
}

function shape(segments: readonly string[]): string {
  return segments.map((segment) => (segment.startsWith(":") ? "1" : "0")).join("");
}

function match(pattern: readonly string[], segments: readonly string[]): Readonly<Record<string, string>> | null {
  if (pattern.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? "";
    if (part.startsWith(":")) params[part.slice(1)] = decode(segment);
    else if (part !== segment) return null;
  }
  return params;
}

/** @throws BakendError `bad_request` */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new BakendError("bad_request", "The path is not well encoded.");
  }
}
