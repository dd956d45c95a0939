import { BakendError, invalidField } from "../../errors.ts";
import type { Storage, Variants } from "../../storage/index.ts";
import { readJson } from "../body.ts";
import { fileReply } from "../file-reply.ts";
import { IMAGE_PARAMETERS, imageReply, readImageWanted } from "../image-reply.ts";
import { json, NO_CONTENT } from "../reply.ts";
import { type RequestContext, readQuery } from "../request.ts";
import type { Method, Route } from "../route.ts";
import { uploadForm } from "../upload-form.ts";

/** What the routes keep to. */
export interface StorageLimits {
  /** Bytes of a JSON body. */
  readonly body: number;
  /** Pixels of a side of an image that is made. */
  readonly image: number;
}

/** `/api/storage`: files come in, are served, shared for a time, and go. */
export function storageRoutes(storage: Storage, variants: Variants, limits: StorageLimits): readonly Route[] {
  const route = (method: Method, path: string, handle: Route["handle"]): Route => ({ method, path, handle });
  return [
    route("POST", "/api/storage/upload", async ({ request, principal, query }) => {
      readQuery(query, []);
      // whoever may not upload is told so before anything is read
      storage.admit(principal);
      const file = await uploadForm(storage, principal, request);
      return json(file, 201, { location: file.url });
    }),
    route("GET", "/api/storage/:id", async (context) => {
      const { request, query } = context;
      const asked = readQuery(query, ["download", "expires", "signature", ...IMAGE_PARAMETERS]);
      const { download, expires, signature, ...image } = asked;
      if (download !== undefined && !/^(0|1|true|false)$/.test(download))
        throw new BakendError("bad_request", "download must be 0 or 1.");
      const wanted = readImageWanted(image, limits.image);
      const { file, signed } = await found(storage, context, expires, signature);
      const how = { request, download: download === "1" || download === "true", signed };
      return wanted ? imageReply(variants, file, wanted, how) : fileReply(storage, file, how);
    }),
    route("POST", "/api/storage/:id/sign", async ({ request, principal, params: { id = "" }, query }) => {
      readQuery(query, []);
      // what is asked for is checked only for whoever may have it
      const file = await storage.find(principal, id);
      const hasBody = request.headers.get("content-type") !== null;
      const seconds = hasBody ? secondsIn((await readJson(request, limits.body)).value) : undefined;
      return json(await storage.sign(principal, file.id, seconds), 200, { "cache-control": "no-store" });
    }),
    route("DELETE", "/api/storage/:id", async ({ principal, params: { id = "" }, query }) => {
      readQuery(query, []);
      await storage.remove(principal, id);
      return NO_CONTENT;
    }),
  ];
}

/** A signed address that is not good opens nothing, and takes away nothing either. */
async function found(
  storage: Storage,
  { principal, params: { id = "" } }: RequestContext,
  expires: string | undefined,
  signature: string | undefined,
) {
  const isSigned = expires !== undefined && signature !== undefined;
  const opened = isSigned ? await storage.findSigned(id, { expires, signature }) : null;
  return { file: opened ?? (await storage.find(principal, id)), signed: opened !== null };
}

function secondsIn(value: unknown): number | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalidField("body", "type", "must be a JSON object");
  const { expiresIn, ...rest } = value as Readonly<Record<string, unknown>>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    throw invalidField(unknown.slice(0, 64).toWellFormed(), "unknown_field", "is not known here");
  if (expiresIn === undefined) return undefined;
  if (typeof expiresIn !== "number" || !Number.isInteger(expiresIn))
    throw invalidField("expiresIn", "type", "must be a whole number of seconds");
  return expiresIn;
}
