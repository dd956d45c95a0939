import { fromBase64Url } from "../../../tools/index.ts";
import type { OutboundResponse, WireHttp, WireRequest, WireResponse } from "../messages.ts";
import { isHeaders } from "../read-message.ts";
import { bodyOut } from "../wire-body.ts";
import type { CallAsks } from "./asks.ts";
import { tooLarge } from "./errors.ts";

/** Bytes of an answer, and those of a request that would not fit into a message in any form. */
const MAX_ANSWER = 8 * 1024 * 1024;
const MAX_REQUEST = 12 * 1024 * 1024;
const WITHOUT_BODY = [101, 204, 205, 304];

/** A request from the wire. */
export function requestOf({ method, url, ...rest }: WireRequest): Request {
  const body = bodyOf(rest);
  return new Request(url, { method, headers: headersOf(rest), ...(body === undefined ? {} : { body }) });
}

/** A response for the wire. Throws for anything else. */
export async function wireResponse(value: unknown): Promise<WireResponse> {
  if (!(value instanceof Response)) throw new TypeError("An HTTP function returns a Response.");
  // before the body: a runtime may know its type no longer once it was read
  const headers = [...value.headers];
  const type = value.headers.get("content-type") ?? "";
  const body = new Uint8Array(await value.arrayBuffer());
  if (body.length > MAX_ANSWER) throw new RangeError("An HTTP function answers with at most 8 MB.");
  return { status: value.status, headers, ...bodyOut(body, type) };
}

/** Makes `fetch` for a call: the parent makes the request, if its host is granted. */
export function createFetch({
  ask,
}: Pick<CallAsks, "ask">): (input: string | URL | Request, init?: RequestInit) => Promise<Response> {
  return async (input, init) => {
    const request = new Request(input, init);
    const body = new Uint8Array(await request.arrayBuffer());
    if (body.length > MAX_REQUEST) throw tooLarge("A function sends at most 12 MB.");
    const { method, url, redirect } = request;
    const headers = [...request.headers];
    const how = redirect === "follow" ? {} : { redirect };
    const asked = ask({
      op: "fetch",
      request: { method, url, headers, ...how, ...bodyOut(body, request.headers.get("content-type") ?? "") },
    });
    const answer = (await unlessAborted(asked, request.signal)) as OutboundResponse;
    const content = WITHOUT_BODY.includes(answer.status) ? null : (bodyOf(answer) ?? null);
    const response = new Response(content, { status: answer.status, headers: headersOf(answer) });
    const { redirectedTo } = answer;
    return Object.defineProperties(response, {
      url: { value: (redirectedTo ?? url).replace(/#.*$/s, "") },
      redirected: { value: redirectedTo !== undefined },
    });
  };
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

function headersOf({ headers }: WireHttp): Headers {
  return new Headers(isHeaders(headers) ? headers.map(([name, value]): [string, string] => [name, value]) : []);
}

function bodyOf({ text, bytes }: Pick<WireHttp, "text" | "bytes">): string | Uint8Array<ArrayBuffer> | undefined {
  return bytes === undefined ? text : fromBase64Url(bytes);
}
