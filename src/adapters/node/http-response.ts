import type { ServerResponse } from "node:http";

/**
 * Sends a web `Response`. Each cookie gets its own header; the body is streamed as fast as the client takes it, and
 * cancelled when the client goes away. An answer to HEAD, 204 and 304 has no body, but keeps its headers.
 */
export async function sendResponse(response: Response, outgoing: ServerResponse, head: boolean): Promise<void> {
  for (const [name, value] of response.headers) if (name !== "set-cookie") outgoing.setHeader(name, value);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) outgoing.setHeader("set-cookie", cookies);
  outgoing.statusCode = response.status;
  const { body } = response;
  if (body === null || head || response.status === 204 || response.status === 304) {
    await body?.cancel();
    outgoing.end();
    return;
  }
  await pipe(body, outgoing);
}

async function pipe(body: ReadableStream<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  outgoing.once("close", cancel);
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      if (outgoing.destroyed) return;
      if (!outgoing.write(next.value)) await writable(outgoing);
    }
    outgoing.end();
  } catch {
    // The headers are gone already: a broken connection is the only way left to say that this is not all.
    outgoing.destroy();
  } finally {
    outgoing.off("close", cancel);
  }
}

/** Resolves when there is room for more, or when there will never be. */
function writable(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      outgoing.off("drain", settle);
      outgoing.off("close", settle);
      resolve();
    };
    outgoing.on("drain", settle);
    outgoing.on("close", settle);
  });
}
