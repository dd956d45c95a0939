import { lookup } from "node:dns/promises";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { BakendError } from "../../core/errors.ts";
import {
  bodyOut,
  type OutboundRequest,
  type OutboundResponse,
  type WireRequest,
  type WireResponse,
} from "../../core/functions/index.ts";
import type { SendOut } from "../../core/webhooks/index.ts";
import { fromBase64Url } from "../../tools/index.ts";
import { type GrantedHosts, grantedHosts, publicHosts } from "./granted-hosts.ts";

const MAX_REDIRECTS = 5;
const MAX_ANSWER = 8 * 1024 * 1024;
const SWITCHING = 101;
const REDIRECTS = [301, 302, 303, 307, 308];

/** What a request is not sent with: the connection is not the function's. */
const OWN =
  /^(host|connection|content-length|transfer-encoding|accept-encoding|keep-alive|te|trailer|upgrade|expect|proxy-.*)$/;

/**
 * Makes requests to granted hosts on behalf of functions. The address that is connected to is the one that was checked,
 * and each redirection is checked like a request.
 */
export function createOutbound(
  grants: readonly string[],
): (request: OutboundRequest, signal: AbortSignal) => Promise<OutboundResponse> {
  const hosts = { ...grantedHosts(grants), setting: "functions.hosts" };
  return async (asked, signal) => {
    let request: WireRequest = asked;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const url = parseUrl(request.url);
      requireHost(hosts, url);
      const response = await send(request, { url, hosts, signal }, answerOf);
      const location = REDIRECTS.includes(response.status) ? headerOf(response, "location") : undefined;
      if (location === undefined) return hop === 0 ? response : { ...response, redirectedTo: url.href };
      if (asked.redirect === "manual") return response;
      if (asked.redirect === "error") throw new BakendError("unavailable", `${url.host} redirects.`);
      request = redirected(request, response.status, url, parseUrl(location, url));
    }
    throw new BakendError("unavailable", "The host redirects too often.");
  };
}

/**
 * Sends webhooks: to public addresses, and to private ones that are named in `hosts`. Redirections are not followed: whoever
 * asked for events knows where they are to go.
 */
export function sendWebhooks(hosts: readonly string[]): SendOut {
  const open = { ...publicHosts(hosts), setting: "webhooks.hosts" };
  return async ({ url, headers, body }, signal) => {
    const target = parseUrl(url);
    requireHost(open, target);
    const request = { method: "POST", url, headers: Object.entries(headers), text: body };
    // whatever else is answered, nobody reads it
    return send(request, { url: target, hosts: open, signal }, async (incoming) => ({ status: statusOf(incoming) }));
  };
}

/** Hosts, and the setting that grants them. */
interface Hosts extends GrantedHosts {
  readonly setting: string;
}

function requireHost({ allows, setting }: Hosts, url: URL): void {
  if (!allows(url)) throw new BakendError("forbidden", `${setting} does not grant ${url.host}.`);
}

function parseUrl(text: string, base?: URL): URL {
  try {
    return new URL(text, base);
  } catch {
    throw new BakendError("bad_request", "This is no URL.");
  }
}

function headerOf({ headers }: WireResponse, wanted: string): string | undefined {
  return headers.find(([name]) => name === wanted)?.[1];
}

/** As browsers do it (Fetch standard, section 4.4): what signs in at one host is not sent to another. */
function redirected({ method, headers, text, bytes }: WireRequest, status: number, from: URL, to: URL): WireRequest {
  const toGet = (status === 303 && method !== "HEAD") || ((status === 301 || status === 302) && method === "POST");
  const secret = from.origin === to.origin ? /^$/ : /^(authorization|cookie)$/;
  const kept = headers.filter(([name]) => !secret.test(name) && !(toGet && name.startsWith("content-")));
  const body = toGet ? {} : { ...(text === undefined ? {} : { text }), ...(bytes === undefined ? {} : { bytes }) };
  return { method: toGet ? "GET" : method, url: to.href, headers: kept, ...body };
}

/**
 * Sends a request and resolves with what `read` makes of the answer, whatever its status: one that switches protocols has no
 * body. Then, or when the signal is aborted, the connection is closed, however much more would come.
 */
async function send<T>(
  request: WireRequest,
  { url, hosts, signal }: { readonly url: URL; readonly hosts: Hosts; readonly signal: AbortSignal },
  read: (incoming: IncomingMessage) => Promise<T>,
): Promise<T> {
  const { method, headers, text, bytes } = request;
  const body = bytes === undefined ? text : fromBase64Url(bytes);
  const { promise: answer, resolve, reject } = Promise.withResolvers<T>();
  const make = url.protocol === "https:" ? httpsRequest : httpRequest;
  const outgoing: ClientRequest = make(url, {
    method,
    headers: { ...Object.fromEntries(headers.filter(([name]) => !OWN.test(name))), "accept-encoding": "identity" },
    lookup: checkedLookup(hosts, url),
    agent: false,
  });
  // not left to the runtime: where the other side switches protocols, not every one heeds the signal
  const abort = (): void => reject(signal.reason);
  const take = (incoming: IncomingMessage): void => void read(incoming).then(resolve, reject);
  outgoing.on("response", take).on("error", reject);
  outgoing.on("upgrade", (incoming, socket) => {
    socket.destroy();
    take(incoming);
  });
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  else outgoing.end(body);
  try {
    return await answer;
  } catch (error) {
    if (error instanceof BakendError) throw error;
    if (error instanceof Error && error.cause instanceof BakendError) throw error.cause;
    throw new BakendError("unavailable", `${url.host} cannot be reached.`, { cause: error });
  } finally {
    signal.removeEventListener("abort", abort);
    outgoing.destroy();
  }
}

function checkedLookup(hosts: Hosts, url: URL): LookupFunction {
  return (host, options, done) => {
    lookup(host, { all: true }).then(
      (found) => {
        const [first] = found;
        const allowed = found.every(({ address }) => hosts.allowsAddress(url, address));
        if (!first || !allowed) {
          const cause = new BakendError(
            "forbidden",
            `${host} is at a private address that ${hosts.setting} does not grant.`,
          );
          done(Object.assign(new Error(cause.message, { cause }), { code: "EACCES" }), "", 0);
        } else if (options.all) done(null, found);
        else done(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => done(error, "", 0),
    );
  };
}

async function answerOf(incoming: IncomingMessage): Promise<WireResponse> {
  const status = statusOf(incoming);
  if (status === SWITCHING) throw new BakendError("unavailable", "The host wants to switch protocols.");
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_ANSWER) throw new BakendError("payload_too_large", "The host answers with more than 8 MB.");
    chunks.push(bytes);
  }
  const headers: (readonly [string, string])[] = [];
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (name === "transfer-encoding" || name === "connection") continue;
    for (const one of [value ?? []].flat()) headers.push([name, one]);
  }
  const type = String(incoming.headers["content-type"] ?? "");
  return { status, headers, ...bodyOut(Buffer.concat(chunks), type) };
}

function statusOf({ statusCode = 500 }: IncomingMessage): number {
  return statusCode;
}
