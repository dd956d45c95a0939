import type { ErrorCode } from "../../../protocol/index.ts";
import { getOrAdd } from "../../../tools/index.ts";
import { EXAMPLE_ID } from "./examples.ts";
import { jsonBody, type Node, parameter } from "./node.ts";
import { failures } from "./problems.ts";

/** One operation of a fixed route: what it is called, what is sent and what comes back. */
export interface Operation {
  readonly id: string;
  readonly summary: string;
  /** Fields of the body; a name that ends in `?` may be left out. */
  readonly body?: Readonly<Record<string, Node>>;
  /** Whether more fields may be sent: those of the collection of accounts. */
  readonly profile?: boolean;
  /** A whole body, where it is no list of fields. */
  readonly bodySchema?: Node;
  /** Examples of the body, by name. */
  readonly examples?: Readonly<Record<string, unknown>>;
  readonly parameters?: readonly Node[];
  /** Parameters of the query that are texts, with what they mean. */
  readonly query?: Readonly<Record<string, string>>;
  /** Status and schema of the answer; null for none. */
  readonly answer: readonly [status: number, schema: Node | null];
  /** Whether it is about whoever is signed in. */
  readonly own?: boolean;
  readonly codes?: readonly ErrorCode[];
}

/** What stands in a path, where a name alone does not say it. */
const EXAMPLES: Readonly<Record<string, string>> = { id: EXAMPLE_ID, email: "ann@example.com", provider: "google" };

/** The schema of a list of items. */
export function listOf(item: Node): Node {
  return { type: "object", properties: { items: { type: "array", items: item } }, required: ["items"] };
}

/** Where a log goes on. */
const NEXT: Node = { type: ["integer", "null"], description: "To go on: `before`." };

/** The schema of a page of items, with the place where the next one begins. */
export function pageOf(item: Node, next: Node = NEXT): Node {
  const list = listOf(item);
  return { ...list, properties: { ...(list.properties as Node), next } };
}

/** The paths of operations, written as `path method`, below `/api/{tag}/`. */
export function pathsOf(tag: string, operations: Readonly<Record<string, Operation>>): Record<string, Node> {
  const paths = new Map<string, Record<string, unknown>>();
  for (const [place, operation] of Object.entries(operations)) {
    const [path = "", method = ""] = place.split(" ");
    const item = getOrAdd(paths, `/api/${tag}/${path}`, () => ({}) as Record<string, unknown>);
    const names = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = ""]) => name);
    if (names.length > 0)
      item.parameters = names.map((name) =>
        parameter("path", name, { type: "string" }, name in EXAMPLES ? { example: EXAMPLES[name] } : {}),
      );
    item[method] = describe(tag, operation);
  }
  return Object.fromEntries(paths);
}

function describe(tag: string, operation: Operation): Node {
  const {
    id,
    summary,
    parameters = [],
    query = {},
    body,
    profile = false,
    examples,
    answer,
    own = false,
    codes = [],
  } = operation;
  const [status, schema] = answer;
  const texts = Object.entries(query).map(([name, description]) =>
    parameter("query", name, { type: "string" }, { description }),
  );
  const asked = [...parameters, ...texts];
  const sent = operation.bodySchema ?? (body && bodySchema(body, profile));
  const refusals: readonly ErrorCode[] = sent
    ? ["bad_request", "validation_failed", "payload_too_large", "unsupported_media_type"]
    : [];
  return {
    operationId: id,
    summary,
    tags: [tag],
    ...(own ? { security: [{ bearer: [] }, { cookie: [] }] } : {}),
    ...(asked.length > 0 ? { parameters: asked } : {}),
    ...(sent ? { requestBody: { required: true, content: jsonBody(sent, examples) } } : {}),
    responses: {
      [status]: schema ? { description: summary, content: jsonBody(schema) } : { description: "Done" },
      ...failures("bad_request", "unauthenticated", ...(own ? (["forbidden"] as const) : []), ...refusals, ...codes),
    },
  };
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
