import {
  type HookAction,
  type HttpMethod,
  JOB_OPTIONS,
  parseTrigger,
  type TriggerSpec,
  triggerFault,
} from "../trigger.ts";
import { BakendError, FieldError, HttpError } from "./errors.ts";

/** A function of the user's. */
export type Handler = (context: object) => unknown;

/** What the files of functions have declared. A trigger's place is its handler's. */
export interface Declarations {
  readonly triggers: readonly TriggerSpec[];
  readonly handlers: readonly Handler[];
  /** The module "bakend", as files import it. */
  readonly module: Readonly<Record<string, unknown>>;
  /** Takes what a file declares, until the next is named; null when all are loaded. */
  enter(file: string | null): void;
  /** Takes the job that a file exports. Throws for a file without one. */
  takeJob(file: string, name: string, exported: Readonly<Record<string, unknown>>): void;
  /** Takes a file's default export with the trigger beside it. Throws for one of them without the other. */
  takeDefault(file: string, exported: Readonly<Record<string, unknown>>): void;
}

const NO_TRIGGER =
  'Nothing calls the function that is the default export: write export const trigger = "posts.created" beside it. ' +
  "A file that others import has a name that begins with _.";
const NO_FUNCTION = "There is no function as the default export: write export default async ({ db, log }) => { ... }";

/** A handler of logins that heeds those into one collection. */
function loginOf([collection, handler]: readonly unknown[]): unknown {
  if (typeof handler !== "function") return handler;
  return (context: { readonly event: { readonly payload: { readonly collection: string } } }) =>
    context.event.payload.collection === collection ? handler(context) : undefined;
}

/** Makes an empty list of declarations. */
export function createDeclarations(): Declarations {
  const triggers: TriggerSpec[] = [];
  const handlers: Handler[] = [];
  let current: string | null = null;

  const declare = (make: (file: string) => TriggerSpec, handler: unknown): void => {
    if (current === null) throw new Error("Functions are declared when their file is loaded, not later.");
    const spec = make(current);
    const fault = triggerFault(spec);
    if (fault !== null) throw new TypeError(fault);
    if (typeof handler !== "function") throw new TypeError("The handler has to be a function.");
    triggers.push(spec);
    handlers.push(handler as Handler);
  };
  const event = (pattern: string, handler: unknown): void =>
    declare((file) => ({ kind: "event", pattern: String(pattern), file }), handler);
  const onRecord =
    (what: string) =>
    (collection: string, handler: unknown): void =>
      event(`${collection}.${what}`, handler);
  const before =
    (action: HookAction) =>
    (collection: string, handler: unknown): void =>
      declare((file) => ({ kind: "hook", action, collection: String(collection), file }), handler);

  const module = Object.freeze({
    onCreate: onRecord("created"),
    onUpdate: onRecord("updated"),
    onDelete: onRecord("deleted"),
    // into any collection of accounts, or into the one that is named first
    onLogin: (...given: readonly unknown[]) => event("auth.login", given.length > 1 ? loginOf(given) : given[0]),
    onEvent: event,
    onRequest: (method: string, path: string, handler: unknown) =>
      declare((file) => ({ kind: "http", method: String(method) as HttpMethod, path: String(path), file }), handler),
    beforeCreate: before("create"),
    beforeUpdate: before("update"),
    beforeDelete: before("delete"),
    HttpError,
    FieldError,
    BakendError,
  });

  return {
    triggers,
    handlers,
    module,
    enter(file) {
      current = file;
    },
    takeJob(file, name, exported) {
      const options: Record<string, string | number> = {};
      for (const option of JOB_OPTIONS) {
        const value = exported[option];
        if (value === undefined) continue;
        if (typeof value !== "string" && typeof value !== "number")
          throw new TypeError(`The exported ${option} has to be a text or a number.`);
        options[option] = value;
      }
      if (typeof exported.default !== "function") throw new TypeError(NO_FUNCTION);
      declare(() => ({ kind: "job", name, options, file }), exported.default);
    },
    takeDefault(file, exported) {
      const { default: handler, trigger } = exported;
      if (trigger === undefined) {
        if (typeof handler === "function") throw new TypeError(NO_TRIGGER);
        return;
      }
      if (typeof handler !== "function") throw new TypeError(NO_FUNCTION);
      if (typeof trigger !== "string") throw new TypeError("The exported trigger has to be a text.");
      declare(() => parseTrigger(trigger, file), handler);
    },
  };
}
