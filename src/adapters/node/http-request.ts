import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * The web `Request` of a `node:http` request. The body is streamed; `signal` aborts when the client goes away before it
 * has its answer. `undefined` if the address or the method is none that a `Request` can have.
 */
export function toRequest(incoming: IncomingMessage, outgoing: ServerResponse, base: string): Request | undefined {
  const { method = "GET" } = incoming;
  const hasBody = method !== "GET" && method !== "HEAD";
  try {
    return new Request(addressOf(incoming, base), {
      method,
      headers: headersOf(incoming),
      signal: abortSignal(outgoing),
      ...(hasBody ? { body: bodyOf(incoming), duplex: "half" } : {}),
    } as RequestInit);
  } catch {
    return undefined;
  }
}

function addressOf(incoming: IncomingMessage, base: string): URL {
  const { url = "/", headers } = incoming;
  const origin = headers.host === undefined ? base : `http://${headers.host}`;
  // `//evil.example/x` is a path here, and would be another host if it were resolved against the origin.
  return url.startsWith("/") ? new URL(origin + url) : new URL(url, origin);
}

/** The headers of a request, as they were sent. */
export function headersOf(incoming: IncomingMessage): Headers {
  const headers = new Headers();
  const { rawHeaders } = incoming;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) headers.append(rawHeaders[i] ?? "", rawHeaders[i + 1] ?? "");
  return headers;
}

/** Reads from the socket only as fast as the body is read. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = incoming[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await chunks.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      // Ending the iterator would end the socket, and with it the answer that says why the body was not wanted.
      cancel: () => void incoming.pause(),
    },
    { highWaterMark: 0 },
  );
}

function abortSignal(outgoing: ServerResponse): AbortSignal {
  const controller = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) controller.abort(new DOMException("The client went away", "AbortError"));
  });
  return controller.signal;
}
