import {
  type Fault,
  GUEST_LEVELS,
  type GuestMessage,
  type LoadFault,
  type OutboundRequest,
  type StepQuestion,
} from "./messages.ts";
import type { TriggerSpec } from "./trigger.ts";

/** Reads what a child says; null for anything that no child of ours would say. A child is not trusted with anything. */
export function readGuestMessage(text: string): GuestMessage | null {
  const value = parse(text);
  if (!isObject(value)) return null;
  const { type, call, ask, message } = value;
  switch (type) {
    case "pong":
    case "spent":
      return { type };
    case "began":
      return isId(call) ? { type, call } : null;
    case "done":
      return isId(call) ? { type, call, value: value.value } : null;
    case "failed": {
      const fault = readFault(value.fault);
      return isId(call) && fault ? { type, call, fault } : null;
    }
    case "ask":
      return isId(call) && isId(ask) ? readAsk(call, ask, value.what) : null;
    case "log": {
      const level = GUEST_LEVELS.find((one) => one === value.level);
      if (level === undefined || !isText(message) || !isText(value.from)) return null;
      return { type, level, from: value.from.slice(0, 200), message, ...(isId(call) ? { call } : {}) };
    }
    case "hello":
      return isId(value.version) && isText(value.sandbox)
        ? { type, version: value.version, sandbox: value.sandbox, confined: value.confined === true }
        : null;
    case "loaded":
      return Array.isArray(value.triggers) && value.triggers.every(isTrigger)
        ? { type, triggers: value.triggers }
        : null;
    case "broken":
      return Array.isArray(value.faults) && value.faults.every(isLoadFault) ? { type, faults: value.faults } : null;
    default:
      return null;
  }
}

function readAsk(call: number, ask: number, what: unknown): GuestMessage | null {
  if (!isObject(what)) return null;
  const { op, method, collection, args, as } = what;
  if (op === "step") {
    const step = readStep(what.what);
    return step && { type: "ask", call, ask, what: { op, what: step } };
  }
  if (op === "enqueue") {
    const { job, payload = null, options = null } = what;
    return isText(job) ? { type: "ask", call, ask, what: { op, job, payload, options } } : null;
  }
  if (op === "fetch") {
    const { request } = what;
    if (!isObject(request) || !isText(request.url) || !isText(request.method) || !isHeaders(request.headers))
      return null;
    const body = {
      ...(isText(request.text) ? { text: request.text } : {}),
      ...(isText(request.bytes) ? { bytes: request.bytes } : {}),
    };
    const { url, method: verb, headers, redirect } = request;
    const how: Pick<OutboundRequest, "redirect"> = redirect === "manual" || redirect === "error" ? { redirect } : {};
    return { type: "ask", call, ask, what: { op, request: { url, method: verb, headers, ...body, ...how } } };
  }
  if ((op === "auth" || op === "mail" || op === "storage") && isText(method) && Array.isArray(args))
    return { type: "ask", call, ask, what: { op, method, args } };
  if (op !== "db" || !isText(method) || !isText(collection) || !Array.isArray(args)) return null;
  if (as === undefined) return { type: "ask", call, ask, what: { op, method, collection, args } };
  if (as === null) return { type: "ask", call, ask, what: { op, method, collection, args, as } };
  if (!isObject(as) || !isText(as.collection) || !isText(as.id)) return null;
  const user = { collection: as.collection, id: as.id };
  return { type: "ask", call, ask, what: { op, method, collection, args, as: user } };
}

function readStep(value: unknown): StepQuestion | null {
  if (!isObject(value) || !isText(value.name)) return null;
  const { name, milliseconds, pattern } = value;
  if (value.do === "begin") return { do: "begin", name };
  if (value.do === "end") return { do: "end", name, value: value.value };
  if (typeof milliseconds !== "number") return null;
  if (value.do === "sleep") return { do: "sleep", name, milliseconds };
  return value.do === "wait" && isText(pattern) ? { do: "wait", name, pattern, milliseconds } : null;
}

function readFault(value: unknown): Fault | null {
  if (!isObject(value)) return null;
  const { kind, message, status, field, code, stack, final } = value;
  if ((kind !== "http" && kind !== "field" && kind !== "error") || !isText(message)) return null;
  return {
    kind,
    message,
    ...(isId(status) ? { status } : {}),
    ...(isText(field) ? { field } : {}),
    ...(isText(code) ? { code } : {}),
    ...(isText(stack) ? { stack } : {}),
    ...(final === true ? { final } : {}),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === "string";
const isId = (value: unknown): value is number => Number.isSafeInteger(value);

/** Header lists, of requests and of answers. */
export function isHeaders(value: unknown): value is readonly (readonly [string, string])[] {
  return Array.isArray(value) && value.every((one) => Array.isArray(one) && one.length === 2 && one.every(isText));
}

function isTrigger(value: unknown): value is TriggerSpec {
  if (!isObject(value) || !isText(value.file)) return false;
  const { kind, pattern, action, collection, method, path } = value;
  if (kind === "event") return isText(pattern);
  if (kind === "hook") return isText(collection) && (action === "create" || action === "update" || action === "delete");
  if (kind === "job") return isText(value.name) && isObject(value.options);
  return kind === "http" && isText(method) && isText(path);
}

function isLoadFault(value: unknown): value is LoadFault {
  if (!isObject(value) || !isText(value.file) || !isText(value.message)) return false;
  return value.line === undefined || isId(value.line);
}
