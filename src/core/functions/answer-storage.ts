import { fromBase64Url, toBase64Url } from "../../tools/index.ts";
import { BakendError, invalidField } from "../errors.ts";
import type { ByFunction, FunctionFiles, FunctionUpload } from "./access.ts";
import type { MethodAsk } from "./messages.ts";
import { readId, readQuery } from "./read-ask.ts";

/** Bytes of a file that a function takes in, or hands over, at once. */
const MAX_FILE = 8 * 1024 * 1024;

const UPLOAD = {
  filename: "text",
  mimeType: "text",
  visibility: "text",
  ownerId: "text",
  ownerCollection: "text",
  text: "text",
  bytes: "text",
} as const;

/** The accounts that are meant where none are named. */
const USERS = "users";

type Method = (files: FunctionFiles, by: ByFunction, args: readonly unknown[]) => Promise<unknown>;

/** What may be asked. What comes from a child has any shape, so each argument is read first. */
const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["put", (files, by, [file]) => files.put(by, readUpload(file))],
  ["get", (files, _, [id]) => files.get(readId(id))],
  ["read", async (files, _, [id]) => toBase64Url(await files.read(readId(id), MAX_FILE))],
  ["delete", (files, by, [id]) => files.delete(by, readId(id))],
  ["url", (files, _, [id, options]) => files.url(readId(id), readQuery(options, { expiresIn: "number" }).expiresIn)],
]);

/** Answers what calls ask of files. */
export type StorageDoor = (ask: MethodAsk) => Promise<unknown>;

/** Makes the files of one call. The door throws BakendError; `bad_request` for what cannot be asked. */
export function createStorageDoor(files: FunctionFiles, by: ByFunction): StorageDoor {
  return async ({ method, args }) => {
    const run = METHODS.get(method);
    if (!run) throw new BakendError("bad_request", `There is no storage.${method.slice(0, 64).toWellFormed()}().`);
    return run(files, by, args);
  };
}

/** @throws BakendError `bad_request`, `validation_failed`, `payload_too_large` */
function readUpload(value: unknown): FunctionUpload {
  const { filename, mimeType, visibility, ownerId, ownerCollection = USERS, text, bytes } = readQuery(value, UPLOAD);
  if (!filename) throw invalidField("filename", "required", "is required");
  if (visibility !== undefined && visibility !== "public" && visibility !== "protected")
    throw invalidField("visibility", "enum", 'must be "public" or "protected"');
  const body = bytes === undefined ? new TextEncoder().encode(text ?? "") : decoded(bytes);
  if (text === undefined && bytes === undefined) throw invalidField("body", "required", "is required");
  if (body.length > MAX_FILE) throw new BakendError("payload_too_large", `body may have at most ${MAX_FILE} bytes.`);
  return {
    ...{ filename, mimeType, body },
    ...(visibility === undefined ? {} : { visibility }),
    owner: ownerId === undefined ? null : { id: ownerId, collection: ownerCollection },
  };
}

function decoded(text: string): Uint8Array<ArrayBuffer> {
  try {
    return fromBase64Url(text);
  } catch {
    throw new BakendError("bad_request", "body must be a text or bytes.");
  }
}
