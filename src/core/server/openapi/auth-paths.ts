import type { ErrorCode } from "../../../protocol/index.ts";
import { getOrAdd } from "../../../tools/index.ts";
import type { Collection } from "../../collections/index.ts";
import { ACCOUNT_OPERATIONS } from "./account-operations.ts";
import { type Operation, SIGNED_IN, TEXT } from "./auth-operation.ts";
import { EXAMPLE_ID } from "./examples.ts";
import { jsonBody, type Node, parameter } from "./node.ts";
import { OAUTH_OPERATIONS } from "./oauth-operations.ts";
import { PASSKEY_OPERATIONS } from "./passkey-operations.ts";
import { failures } from "./problems.ts";

const OPERATIONS = { ...ACCOUNT_OPERATIONS, ...PASSKEY_OPERATIONS, ...OAUTH_OPERATIONS };

const X_SESSION = parameter(
  "header",
  "x-session",
  { type: "string", enum: ["cookie", "token"], default: "token" },
  { description: "`cookie`: the tokens come in HttpOnly cookies, and not in the body." },
);

const PARAMETERS: Readonly<Record<string, Node>> = {
  id: parameter("path", "id", TEXT, { example: EXAMPLE_ID }),
  provider: parameter("path", "provider", TEXT, { example: "google" }),
};

/** `/api/auth/*`; nothing where there are no accounts. */
export function authPaths(collections: readonly Collection[]): Record<string, Node> {
  if (!collections.some(({ kind }) => kind === "auth")) return {};
  const paths = new Map<string, Record<string, unknown>>();
  for (const [place, operation] of Object.entries(OPERATIONS)) {
    const [path = "", method = ""] = place.split(" ");
    const item = getOrAdd(paths, `/api/auth/${path}`, () => ({}) as Record<string, unknown>);
    const named = Object.keys(PARAMETERS).filter((name) => path.includes(`{${name}}`));
    if (named.length > 0) item.parameters = named.map((name) => PARAMETERS[name]);
    item[method] = describe(operation);
  }
  return Object.fromEntries(paths);
}

function describe({ id, summary, body, query, profile = false, answer, own = false, codes = [] }: Operation): Node {
  const [status, schema] = answer;
  const sent: readonly ErrorCode[] = body
    ? ["bad_request", "validation_failed", "payload_too_large", "unsupported_media_type"]
    : [];
  return {
    operationId: id,
    summary,
    tags: ["auth"],
    ...(own ? { security: [{ bearer: [] }, { cookie: [] }] } : {}),
    ...(query ? { parameters: Object.entries(query).map(queryParameter) } : {}),
    ...(body && schema === SIGNED_IN ? { parameters: [X_SESSION] } : {}),
    ...(body ? { requestBody: { required: true, content: jsonBody(bodySchema(body, profile)) } } : {}),
    responses: {
      [status]: schema ? { description: summary, content: jsonBody(schema) } : { description: "Done" },
      ...failures("bad_request", "unauthenticated", ...(own ? (["forbidden"] as const) : []), ...sent, ...codes),
    },
  };
}

function queryParameter([name, description]: readonly [string, string]): Node {
  return parameter("query", name, TEXT, { description });
}

function bodySchema(fields: Readonly<Record<string, Node>>, profile: boolean): Node {
  const entries = Object.entries(fields).map(([name, schema]) => [name.replace("?", ""), schema] as const);
  return {
    type: "object",
    properties: Object.fromEntries(entries),
    required: Object.keys(fields).filter((name) => !name.endsWith("?")),
    ...(profile ? { additionalProperties: true, description: "With the fields of the collection of accounts." } : {}),
  };
}

/** The tag of the account operations. */
export const AUTH_TAG = { name: "auth", description: "Accounts, sessions and keys." } as const;
