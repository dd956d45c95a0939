import { fromBase64Url } from "../../tools/index.ts";
import { BakendError } from "../errors.ts";
import { isInScope, type Principal } from "../principal.ts";
import { depthOf } from "./hooks.ts";
import type { Invoke } from "./invoke.ts";
import type { Loader } from "./loader.ts";
import type { Data } from "./messages.ts";
import { outcomeError } from "./outcome-error.ts";
import { isHeaders } from "./read-message.ts";
import { bodyOut } from "./wire-body.ts";

/** A request to an HTTP function. */
export interface HttpCall {
  readonly principal: Principal;
  readonly method: string;
  readonly url: string;
  /** The path below `/api/functions`, as it was sent: `/hello/World`. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** What an HTTP function has answered. */
export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/** Answers a request. @throws BakendError `not_found`, `method_not_allowed`, `function_timeout`, `function_failed`, `unavailable` */
export type HttpFunctions = (call: HttpCall) => Promise<HttpReply>;

/** What a method is in the scope of an API key. */
const ACTIONS: Readonly<Record<string, string>> = { POST: "create", PUT: "update", PATCH: "update", DELETE: "delete" };

/** What signs a caller in is the server's business: it could be used elsewhere in that caller's name. */
const KEPT_FROM_FUNCTIONS = new Set(["authorization", "cookie", "proxy-authorization", "x-mfa-token"]);

/** What belongs to the connection, to signing in, or to what the server says of itself. */
const KEPT_FROM_CALLERS =
  /^(connection|keep-alive|transfer-encoding|te|trailer|upgrade|content-length|date|server|set-cookie|x-request-id|x-content-type-options|access-control-.*|:.*)$/;

/** Makes the door to the HTTP functions that are loaded. */
export function httpFunctions(
  loader: Loader,
  invoke: Invoke,
  userOf: (principal: Principal) => Data | null,
): HttpFunctions {
  return async ({ principal, method, url, path, headers, body }) => {
    // 1. the function
    const generation = loader.current;
    const found = generation?.registry.atPath(method, path) ?? null;
    if (generation === null && !loader.report.ok)
      throw new BakendError("unavailable", "The functions could not be loaded.");
    if (generation === null || found === null) throw new BakendError("not_found", "There is no function at this path.");
    if ("allow" in found) {
      const allow = found.allow.join(", ");
      throw new BakendError("method_not_allowed", `${method} is not possible here; ${allow} are.`, {
        headers: { allow },
      });
    }
    // 2. the caller: a key narrows what its user may do, and to a function all of a user is known
    if (!isInScope(principal, "functions", ACTIONS[method] ?? "view"))
      throw new BakendError("forbidden", "This API key is not good for functions.");
    // 3. the call
    const passed = [...headers].filter(([name]) => !KEPT_FROM_FUNCTIONS.has(name));
    const request = { method, url, headers: passed, ...bodyOut(body, headers.get("content-type") ?? "") };
    const { trigger, params } = found;
    const input = { user: userOf(principal), request, params };
    const depth = depthOf(principal);
    const outcome = await invoke(generation, { trigger, input, awaited: true, caller: principal, depth });
    // 4. the answer
    if (!outcome.ok) throw outcomeError(outcome, "function_timeout");
    const reply = replyOf(outcome.value);
    if (reply === null) throw new BakendError("function_failed", "The function did not answer with a response.");
    return reply;
  };
}

function replyOf(value: unknown): HttpReply | null {
  if (typeof value !== "object" || value === null || !("status" in value) || !("headers" in value)) return null;
  const { status, headers: list } = value;
  if (typeof status !== "number" || !Number.isInteger(status) || status < 200 || status > 599 || !isHeaders(list))
    return null;
  const headers: Record<string, string> = {};
  for (const [name, text] of list) {
    if (!KEPT_FROM_CALLERS.test(name.toLowerCase())) headers[name.toLowerCase()] = text;
  }
  if (!isSendable(headers)) return null;
  if ([204, 205, 304].includes(status)) return { status, headers };
  const body = bodyOf(value);
  if (body === undefined) return headers["content-type"] ? { status, headers, body: "" } : { status, headers };
  return { status, headers: { "content-type": "application/octet-stream", ...headers }, body };
}

function bodyOf(value: object): HttpReply["body"] {
  if ("text" in value && typeof value.text === "string") return value.text;
  return "bytes" in value && typeof value.bytes === "string" ? (fromBase64Url(value.bytes) ?? undefined) : undefined;
}

/** The child's own `Headers` have checked names and values; a forged answer has not passed them. */
function isSendable(headers: Record<string, string>): boolean {
  try {
    return new Headers(headers) !== null;
  } catch {
    return false;
  }
}
