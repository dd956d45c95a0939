import type { Transport } from "./transport.ts";
import type { StoredFile } from "./types.ts";

/** How an image is wanted: made no larger than it is, and in its own shape. */
export interface ImageQuery {
  /** Pixels, at most. */
  readonly width?: number;
  readonly height?: number;
  readonly format?: "jpeg" | "png" | "webp";
  /** Whether a browser saves it, and does not show it. */
  readonly download?: boolean;
}

/** An address that opens a file for a time, to whoever has it. */
export interface SignedAddress {
  readonly url: string;
  readonly expiresAt: string;
}

/** The files of a server. Every method that asks it throws `ApiError`. */
export interface Files {
  /** Uploads a file; a record holds it by its `id`. */
  upload(
    file: Blob,
    options?: { readonly visibility?: "public" | "protected"; readonly filename?: string },
  ): Promise<StoredFile>;
  /** The address of a file, for an `<img>` or a link: it opens public ones, and in cookie mode what one may see. */
  url(id: string, query?: ImageQuery): string;
  /** An address that is good for a time, in seconds, without any session. */
  sign(id: string, expiresIn?: number): Promise<SignedAddress>;
  /** The bytes of a file, as whoever is signed in may read them. */
  download(id: string, query?: ImageQuery): Promise<Blob>;
  delete(id: string): Promise<void>;
}

/** Makes the files of a client. */
export function createFiles(transport: Transport): Files {
  const path = (id: string): string => `/api/storage/${encodeURIComponent(id)}`;

  return {
    upload(file, { visibility, filename } = {}) {
      const form = new FormData();
      if (visibility !== undefined) form.set("visibility", visibility);
      // a part without a name is no file
      form.set("file", file, filename ?? ("name" in file ? String(file.name) : "file"));
      return transport.send("POST", "/api/storage/upload", { body: form });
    },
    url(id, query = {}) {
      const parameters = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
      return `${transport.url}${path(id)}${parameters.size > 0 ? `?${parameters}` : ""}`;
    },
    async sign(id, expiresIn) {
      const body = expiresIn === undefined ? {} : { expiresIn };
      const signed = await transport.send<SignedAddress>("POST", `${path(id)}/sign`, { body });
      return { ...signed, url: new URL(signed.url, `${transport.url}/`).href };
    },
    download: async (id, query = {}) => (await transport.fetch("GET", path(id), { query: { ...query } })).blob(),
    delete: (id) => transport.send("DELETE", path(id)),
  };
}
