import { IMAGE_FORMATS } from "../../storage/index.ts";
import { EXAMPLE_ID } from "./examples.ts";
import { headers, jsonBody, type Node, parameter, ref } from "./node.ts";
import { listOf, type Operation, pathsOf } from "./operation.ts";
import { failures } from "./problems.ts";

const TEXT: Node = { type: "string" };
const TIME: Node = { ...TEXT, format: "date-time" };
const ID: Node = { ...TEXT, format: "uuid" };
const VISIBILITY: Node = { ...TEXT, enum: ["public", "protected"] };
const SIDE: Node = { type: "integer", minimum: 1 };
const NAME = "StoredFile";

/** What the description says of files by name. */
export const STORAGE_TAG: Node = { name: "storage", description: "Files." };

/** A file, as records that hold one are expanded with too. */
export const FILE_REF = ref(NAME);

/** The schemas that files are described with. */
export const FILE_SCHEMAS: Readonly<Record<string, Node>> = {
  [NAME]: {
    type: "object",
    description: "What is known of a file beside its bytes.",
    properties: {
      id: ID,
      filename: TEXT,
      mimeType: TEXT,
      size: { type: "integer", minimum: 0, description: "Bytes." },
      checksum: { ...TEXT, description: "SHA-256, in hexadecimal digits; also its ETag." },
      visibility: { ...VISIBILITY, description: "Whether everybody may read it, or only who has a right to." },
      ownerId: { type: ["string", "null"], description: "The account that it belongs to." },
      createdAt: TIME,
      url: { ...TEXT, description: "The path that it is served at." },
    },
    required: ["id", "filename", "mimeType", "size", "checksum", "visibility", "ownerId", "createdAt", "url"],
  },
};

const BYTES: Node = { "*/*": { schema: { ...TEXT, format: "binary" } } };
const ETAG = { etag: "The checksum, in quotation marks." };
const PART = { ...ETAG, "content-range": "Which bytes these are, and of how many." };

/** `/api/storage`: files. */
export function storagePaths(): Record<string, Node> {
  const paths = pathsOf("storage", {
    "{id}/sign post": {
      ...{ id: "signFile", summary: "Makes an address that opens a file to whoever has it, for a time" },
      body: { "expiresIn?": { type: "integer", minimum: 1, maximum: 604_800, default: 3600, description: "Seconds." } },
      answer: [200, { type: "object", properties: { url: TEXT, expiresAt: TIME }, required: ["url", "expiresAt"] }],
      codes: ["not_found"],
    },
    "{id} delete": {
      ...{ id: "deleteFile", summary: "Deletes a file, and takes it out of the records that hold it" },
      ...{ answer: [204, null], codes: ["forbidden", "not_found", "conflict"] },
    },
  });
  return {
    "/api/storage/upload": { post: UPLOAD },
    ...paths,
    "/api/storage/{id}": { ...paths["/api/storage/{id}"], get: SERVE },
  };
}

const UPLOAD: Node = {
  operationId: "uploadFile",
  summary: "Uploads a file",
  tags: ["storage"],
  requestBody: {
    required: true,
    content: {
      "multipart/form-data": {
        schema: {
          type: "object",
          properties: { file: { ...TEXT, format: "binary" }, visibility: { ...VISIBILITY, default: "protected" } },
          required: ["file"],
          additionalProperties: false,
        },
      },
    },
  },
  responses: {
    "201": { description: "The file", ...headers({ location: "Its path." }), content: jsonBody(FILE_REF) },
    ...failures(
      ...(["bad_request", "validation_failed", "unauthenticated", "forbidden"] as const),
      ...(["payload_too_large", "unsupported_media_type"] as const),
    ),
  },
};

const SERVE: Node = {
  operationId: "getFile",
  summary: "A file, or a part of it",
  description:
    "Whoever may read it: everybody, its owner, admins, who has a signed address, and who may view a record that holds it.",
  tags: ["storage"],
  parameters: [
    parameter(
      "query",
      "download",
      { ...TEXT, enum: ["0", "1", "true", "false"] },
      { description: "To be saved, whatever it is." },
    ),
    parameter("query", "width", SIDE, { description: "Of an image: pixels at most; it keeps its shape." }),
    parameter("query", "height", SIDE, { description: "The same." }),
    parameter("query", "fit", { ...TEXT, enum: ["contain"] }, { description: "Within width and height." }),
    parameter("query", "format", { ...TEXT, enum: [...IMAGE_FORMATS] }, { description: "Its own unless said." }),
    parameter("query", "expires", TEXT, { description: "Part of a signed address." }),
    parameter("query", "signature", TEXT, { description: "Part of a signed address." }),
    parameter("header", "range", TEXT, { description: "One range of bytes.", example: "bytes=0-1023" }),
    parameter("header", "if-range", TEXT, { description: "The part is wanted only of what has this ETag." }),
    parameter("header", "if-none-match", TEXT, { description: "The ETag of what the client has." }),
  ],
  responses: {
    "200": { description: "The file", ...headers(ETAG), content: BYTES },
    "206": { description: "The part that was asked for", ...headers(PART), content: BYTES },
    "304": { description: "The client has it", ...headers(ETAG) },
    "416": {
      description: "The range lies beyond the end",
      content: { "application/problem+json": { schema: ref("Problem") } },
    },
    ...failures("bad_request", "unauthenticated", "not_found"),
  },
};

/** What admins see of files, below `/api/admin/`. */
export const ADMIN_STORAGE: Readonly<Record<string, Operation>> = {
  "storage get": {
    ...{ id: "listFiles", summary: "All files, the newest first, and how much they take" },
    parameters: [
      parameter("query", "owner", TEXT, { description: "Only those of this account.", example: EXAMPLE_ID }),
      parameter("query", "limit", { type: "integer", minimum: 1, maximum: 500, default: 50 }),
      parameter("query", "cursor", TEXT, { description: "The `next` of the page before." }),
    ],
    answer: [
      200,
      {
        type: "object",
        properties: {
          ...(listOf(FILE_REF).properties as Node),
          next: { type: ["string", "null"] },
          usage: {
            type: "object",
            properties: { files: { type: "integer" }, bytes: { type: "integer" } },
            required: ["files", "bytes"],
          },
        },
        required: ["items", "next", "usage"],
      },
    ],
  },
};
