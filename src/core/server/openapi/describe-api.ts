import { VERSION } from "../../../protocol/index.ts";
import { type Collection, MAX_BATCH } from "../../collections/index.ts";
import { adminPaths } from "./admin-paths.ts";
import { AUTH_TAG, authPaths } from "./auth-paths.ts";
import { collectionPaths } from "./collection-paths.ts";
import { batchPath, healthPaths } from "./general-paths.ts";
import type { Node } from "./node.ts";
import { problemExamples, problemSchema } from "./problems.ts";
import { collectionSchemas } from "./schemas.ts";
import { FILE_SCHEMAS, STORAGE_TAG, storagePaths } from "./storage-paths.ts";

/** What the description tells beside the collections. */
export interface ApiFacts {
  /** Records or operations in one request, at most. */
  readonly batchLimit?: number;
  /** Whether /metrics is served. */
  readonly metrics?: boolean;
}

/** The OpenAPI 3.1 description of an app with these collections. */
export function describeApi(
  collections: readonly Collection[],
  { batchLimit: limit = MAX_BATCH, metrics = false }: ApiFacts = {},
): Node {
  const batchLimit = Math.min(limit, MAX_BATCH);
  const batch = batchPath(collections, batchLimit);
  return {
    openapi: "3.1.1",
    info: {
      title: "Bakend",
      version: VERSION,
      description:
        "REST over the collections of this backend. Times are UTC, ids are UUIDs, errors are problems (RFC 9457).",
    },
    servers: [{ url: "/" }],
    // a guest may do what a collection's rules let guests do
    security: [{}, { bearer: [] }, { cookie: [] }],
    tags: [
      ...collections.map(({ name, definition: { description } }) => ({
        name,
        ...(description ? { description } : {}),
      })),
      ...(Object.keys(batch).length > 0
        ? [{ name: "batch", description: "Writes to several collections at once." }]
        : []),
      ...(collections.some(({ kind }) => kind === "auth") ? [AUTH_TAG] : []),
      STORAGE_TAG,
      { name: "admin", description: "For admins only." },
      { name: "health", description: "How the server is." },
    ],
    paths: {
      ...Object.assign({}, ...collections.map((one) => collectionPaths(one, batchLimit))),
      ...batch,
      ...authPaths(collections),
      ...storagePaths(),
      ...adminPaths(collections),
      ...healthPaths(metrics),
    },
    components: {
      schemas: {
        ...Object.assign({}, ...collections.map(collectionSchemas)),
        ...FILE_SCHEMAS,
        Problem: problemSchema(),
      },
      examples: problemExamples(),
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        cookie: { type: "apiKey", in: "cookie", name: "bak-session", description: "`__Host-bak-session` over https." },
      },
    },
  };
}
