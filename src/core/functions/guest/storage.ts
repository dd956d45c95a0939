import { fromBase64Url, toBase64Url } from "../../../tools/index.ts";
import type { CallAsks } from "./asks.ts";

/** Files as a function sees them. */
export interface GuestStorage {
  put(file: { readonly body?: unknown }): Promise<unknown>;
  get(id: unknown): Promise<unknown>;
  delete(id: unknown): Promise<unknown>;
  url(id: unknown, options?: object): Promise<unknown>;
}

/** Makes the files of a call. */
export function createStorage({ ask }: Pick<CallAsks, "ask">): GuestStorage {
  const put = (method: string, ...args: readonly unknown[]): Promise<unknown> => ask({ op: "storage", method, args });
  return {
    async put({ body, ...file }) {
      return put("put", { ...file, ...(await bodyOut(body)) });
    },
    async get(id) {
      const file = await put("get", id);
      if (typeof file !== "object" || file === null) return null;
      const bytes = async (): Promise<Uint8Array> => fromBase64Url(String(await put("read", id)));
      return { ...file, bytes, text: async () => new TextDecoder().decode(await bytes()) };
    },
    delete: (id) => put("delete", id),
    url: (id, options) => put("url", id, options),
  };
}

/** A body for the wire. Throws for what is none. */
async function bodyOut(body: unknown): Promise<{ readonly text?: string; readonly bytes?: string }> {
  if (body === undefined) return {};
  if (typeof body === "string") return { text: body };
  if (body instanceof Uint8Array) return { bytes: toBase64Url(body) };
  if (body instanceof ArrayBuffer) return { bytes: toBase64Url(new Uint8Array(body)) };
  if (body instanceof Blob) return { bytes: toBase64Url(new Uint8Array(await body.arrayBuffer())) };
  throw new TypeError("The body of a file is a text, bytes or a Blob.");
}
