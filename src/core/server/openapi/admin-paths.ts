import { ACTIONS, type Collection, DEFAULT_LIMIT, MAX_LIMIT } from "../../collections/index.ts";
import {
  ATTEMPT,
  DELIVERY,
  EVENT,
  JOB,
  JOB_RUN,
  LOG_LEVEL,
  LOG_LINE,
  PAGE_BEFORE,
  QUEUED,
  RUN,
  WEBHOOK,
  WEBHOOK_BODY,
} from "./admin-schemas.ts";
import { EXAMPLE_ID } from "./examples.ts";
import { type Node, parameter } from "./node.ts";
import { listOf, type Operation, pageOf, pathsOf } from "./operation.ts";
import { ADMIN_STORAGE } from "./storage-paths.ts";

const TEXT: Node = { type: "string" };
const TEXTS: Node = { type: "array", items: TEXT };
const FLAG: Node = { type: "boolean", default: false };
const NOTHING = [204, null] as const;

const DEFINITION: Node = {
  type: "object",
  description: "As in a file collections/NAME.json.",
  properties: {
    name: TEXT,
    kind: { type: "string", enum: ["base", "auth", "view"] },
    fields: { type: "array", items: { type: "object" } },
    indexes: { type: "array", items: { type: "object" } },
    permissions: {
      type: "object",
      description: "Rules by action; `read` stands for list and view, join and send are about records as rooms.",
      properties: Object.fromEntries([...ACTIONS, "read"].map((action) => [action, TEXT])),
      additionalProperties: false,
    },
  },
  required: ["name", "fields"],
};
const WARNING: Node = {
  type: "object",
  properties: { collection: TEXT, action: TEXT, field: TEXT, index: { type: "object" }, words: TEXT },
  required: ["collection", "action", "field", "index", "words"],
};
const CHANGED: Node = {
  type: "object",
  properties: {
    applied: { type: "boolean" },
    steps: {
      type: "array",
      items: {
        type: "object",
        properties: { collection: TEXT, words: TEXT, sql: TEXTS },
        required: ["collection", "words", "sql"],
      },
    },
    losses: { ...TEXTS, description: "Data that is lost by it." },
    obstacles: { ...TEXTS, description: "What makes it impossible." },
    warnings: { type: "array", items: WARNING, description: "What works, and could be better." },
    collection: { type: ["object", "null"], description: "The definition in force afterwards." },
  },
  required: ["applied", "steps", "losses", "obstacles", "warnings", "collection"],
};
const CHANGE_PARAMETERS = [
  parameter("query", "dryRun", FLAG, { description: "Only tells what would be done." }),
  parameter("query", "allowDataLoss", FLAG, { description: "Also does what loses data." }),
];

const ROLE: Node = {
  type: "object",
  properties: {
    name: TEXT,
    includes: TEXTS,
    permissions: { type: "object", additionalProperties: { anyOf: [{ type: "boolean", enum: [true] }, TEXT] } },
  },
  required: ["name", "includes", "permissions"],
};
const { name: _name, ...ROLE_BODY } = ROLE.properties as Readonly<Record<string, Node>>;

const ACCOUNT: Node = {
  type: "object",
  description: "The record, and the collection that it is in.",
  properties: { id: TEXT, email: TEXT, verified: { type: "boolean" }, role: TEXT, collection: TEXT },
  required: ["id", "collection"],
};
const SESSIONS: Node = { type: "array", items: { type: "object" } };
const USER_PARAMETERS = [
  parameter("query", "collection", TEXT, { description: "Only the accounts of this collection." }),
  ...["filter", "search", "sort", "cursor", "fields", "expand"].map((name) => parameter("query", name, TEXT)),
  parameter("query", "limit", { type: "integer", minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT }),
  parameter("query", "page", { type: "integer", minimum: 1 }, { description: "Within one collection." }),
  parameter("query", "count", FLAG),
];

const SETTING: Node = {
  type: "object",
  properties: {
    path: TEXT,
    variable: TEXT,
    source: { type: "string", enum: ["default", "file", "environment"] },
    value: { description: "Absent of a secret." },
  },
  required: ["path", "variable", "source"],
};

const QUESTION: Node = {
  type: "object",
  properties: {
    collection: TEXT,
    action: { type: "string", enum: [...ACTIONS] },
    as: {
      type: ["object", "null"],
      description: "Who asks: an account, or null for a guest.",
      properties: { user: TEXT, collection: { ...TEXT, default: "users" } },
      required: ["user"],
      additionalProperties: false,
    },
    record: { ...TEXT, description: "The record to view, update or delete." },
    data: { type: "object", description: "What is sent to create or update." },
  },
  required: ["collection", "action", "as"],
  additionalProperties: false,
};
const EXPLANATION: Node = {
  type: "object",
  properties: {
    verdict: { type: "string", enum: ["allow", "deny"] },
    code: { type: ["string", "null"] },
    rule: { type: ["string", "null"] },
    reason: TEXT,
    leaves: { type: "array", items: { type: "object" } },
    grants: { type: "array", items: { type: "object" } },
    sql: TEXT,
    params: { type: "array" },
  },
  required: ["verdict", "code", "rule", "reason", "leaves", "grants", "sql", "params"],
};

/** `/api/admin/*`: for admins alone. */
export function adminPaths(collections: readonly Collection[]): Record<string, Node> {
  const guest = { collection: collections[0]?.name ?? "posts", action: "view", as: null, record: EXAMPLE_ID };
  const operations: Readonly<Record<string, Omit<Operation, "own">>> = {
    "collections get": {
      ...{ id: "listDefinitions", summary: "The definitions, and where files and database differ" },
      answer: [
        200,
        {
          type: "object",
          properties: { items: { type: "array", items: DEFINITION }, drift: TEXTS, pending: TEXTS },
          required: ["items", "drift", "pending"],
        },
      ],
    },
    "collections post": {
      ...{ id: "createDefinition", summary: "Makes a collection", bodySchema: DEFINITION, answer: [201, CHANGED] },
      ...{ parameters: CHANGE_PARAMETERS, codes: ["conflict"] },
    },
    "collections/{name} get": {
      ...{ id: "viewDefinition", summary: "A definition", answer: [200, DEFINITION], codes: ["not_found"] },
    },
    "collections/{name} put": {
      ...{ id: "replaceDefinition", summary: "Replaces a definition, or makes the collection", answer: [200, CHANGED] },
      ...{ bodySchema: DEFINITION, parameters: CHANGE_PARAMETERS, codes: ["conflict"] },
    },
    "collections/{name} patch": {
      ...{ id: "changeDefinition", summary: "Changes a definition (RFC 7396)", answer: [200, CHANGED] },
      ...{ bodySchema: { type: "object" }, parameters: CHANGE_PARAMETERS, codes: ["not_found", "conflict"] },
    },
    "collections/{name} delete": {
      ...{ id: "dropCollection", summary: "Drops a collection", answer: [200, CHANGED] },
      ...{ parameters: CHANGE_PARAMETERS, codes: ["validation_failed", "not_found", "conflict"] },
    },
    "roles get": { id: "listRoles", summary: "The roles", answer: [200, listOf(ROLE)] },
    "roles/{name} get": { id: "viewRole", summary: "A role", answer: [200, ROLE], codes: ["not_found"] },
    "roles/{name} put": {
      ...{ id: "defineRole", summary: "Makes or replaces a role", answer: [200, ROLE] },
      bodySchema: { type: "object", properties: ROLE_BODY, additionalProperties: false },
    },
    "roles/{name} delete": {
      ...{ id: "removeRole", summary: "Forgets a role", answer: NOTHING, codes: ["not_found", "conflict"] },
    },
    "users get": {
      ...{ id: "listAccounts", summary: "Accounts, of every collection that has any", parameters: USER_PARAMETERS },
      answer: [
        200,
        {
          type: "object",
          properties: {
            items: { type: "array", items: ACCOUNT },
            next: { type: ["string", "null"] },
            total: { type: "integer" },
          },
          required: ["items", "next"],
        },
      ],
    },
    "users/{id} get": {
      ...{ id: "viewAccount", summary: "An account and its sessions", codes: ["not_found"] },
      answer: [200, { ...ACCOUNT, properties: { ...(ACCOUNT.properties as Node), sessions: SESSIONS } }],
    },
    "users/{id} patch": {
      ...{
        id: "changeAccount",
        summary: "Changes an account",
        codes: ["not_found", "conflict", "precondition_failed"],
      },
      bodySchema: {
        type: "object",
        description: "Fields of the account; endSessions signs it out everywhere.",
        properties: { role: TEXT, verified: { type: "boolean" }, endSessions: FLAG },
      },
      answer: [200, ACCOUNT],
    },
    "users/{id} delete": {
      ...{ id: "deleteAccount", summary: "Deletes an account", answer: NOTHING },
      codes: ["not_found", "conflict", "precondition_failed"],
    },
    "events get": {
      ...{ id: "listEvents", summary: "What happened, and who did it, the newest first" },
      parameters: [
        parameter("query", "type", TEXT, { description: "`posts.created`, `auth.*`." }),
        parameter("query", "about", TEXT, { description: "The id of a record or an account." }),
        parameter("query", "by", TEXT, { description: "The id of the account or the API key that did it." }),
        ...PAGE_BEFORE,
      ],
      answer: [200, pageOf(EVENT)],
      codes: ["unavailable"],
    },
    "deliveries get": {
      ...{ id: "listDeliveries", summary: "Events that could not be delivered, the newest first" },
      parameters: [
        parameter("query", "state", { type: "string", enum: ["dead", "waiting"], default: "dead" }),
        ...PAGE_BEFORE,
      ],
      answer: [200, pageOf(DELIVERY)],
    },
    "deliveries/{id}/replay post": {
      ...{ id: "replayDelivery", summary: "Lets a delivery be tried again", answer: NOTHING, codes: ["not_found"] },
    },
    "deliveries/{id} delete": {
      ...{ id: "dropDelivery", summary: "Forgets a delivery", answer: NOTHING, codes: ["not_found"] },
    },
    "jobs get": { id: "listJobs", summary: "The project's jobs", answer: [200, listOf(JOB)] },
    "jobs/{name} get": { id: "viewJob", summary: "A job", answer: [200, JOB], codes: ["not_found"] },
    "jobs/{name}/run post": {
      ...{ id: "runJob", summary: "Queues a job", bodySchema: RUN, codes: ["not_found"] },
      answer: [202, { type: "object", properties: { id: { type: ["string", "null"] } }, required: ["id"] }],
    },
    "jobs/{name}/pause post": { id: "pauseJob", summary: "Lets a job rest", answer: [200, JOB], codes: ["not_found"] },
    "jobs/{name}/resume post": { id: "resumeJob", summary: "Lets it go on", answer: [200, JOB], codes: ["not_found"] },
    "jobs/{name}/runs get": {
      ...{
        id: "listRuns",
        summary: "The runs of a job, the newest first",
        parameters: PAGE_BEFORE,
        codes: ["not_found"],
      },
      answer: [200, pageOf(JOB_RUN)],
    },
    "queue get": {
      ...{ id: "listQueue", summary: "What waits, runs and has run, the newest first" },
      parameters: [
        parameter("query", "name", TEXT),
        parameter("query", "state", { type: "string", enum: ["queued", "running", "done", "failed", "canceled"] }),
        PAGE_BEFORE[0] ?? {},
        parameter("query", "before", TEXT),
      ],
      answer: [200, pageOf(QUEUED, { type: ["string", "null"] })],
    },
    "queue/{id} get": {
      ...{ id: "viewQueued", summary: "A queued job, its payload and its runs", codes: ["not_found"] },
      answer: [
        200,
        {
          ...QUEUED,
          properties: { ...(QUEUED.properties as Node), payload: {}, runs: { type: "array", items: JOB_RUN } },
        },
      ],
    },
    "queue/{id} delete": {
      id: "cancelJob",
      summary: "Cancels a job that waits or runs",
      answer: NOTHING,
      codes: ["not_found"],
    },
    "webhooks get": { id: "listWebhooks", summary: "The webhooks", answer: [200, listOf(WEBHOOK)] },
    "webhooks post": {
      ...{ id: "createWebhook", summary: "Makes a webhook, and tells its secret once", body: WEBHOOK_BODY },
      answer: [201, { ...WEBHOOK, properties: { ...(WEBHOOK.properties as Node), secret: TEXT } }],
    },
    "webhooks/{id} get": { id: "viewWebhook", summary: "A webhook", answer: [200, WEBHOOK], codes: ["not_found"] },
    "webhooks/{id} patch": {
      ...{ id: "changeWebhook", summary: "Changes a webhook", bodySchema: { type: "object" } },
      ...{ answer: [200, WEBHOOK], codes: ["not_found"] },
    },
    "webhooks/{id} delete": {
      ...{ id: "removeWebhook", summary: "Removes a webhook", answer: NOTHING, codes: ["not_found"] },
    },
    "webhooks/{id}/attempts get": {
      ...{ id: "listAttempts", summary: "The attempts to deliver to a webhook, the newest first" },
      ...{ parameters: PAGE_BEFORE, codes: ["not_found"] },
      answer: [200, pageOf(ATTEMPT)],
    },
    ...ADMIN_STORAGE,
    "functions get": {
      ...{ id: "listFunctions", summary: "The project's functions, and whether they could be loaded" },
      answer: [
        200,
        {
          type: "object",
          properties: {
            items: {
              type: "array",
              items: { type: "object", properties: { name: TEXT, trigger: TEXT }, required: ["name", "trigger"] },
            },
            ...{ ok: { type: "boolean" }, files: { type: "integer" }, sandbox: { type: ["string", "null"] } },
            ...{ confined: { type: "boolean" }, faults: { type: "array", items: { type: "object" } } },
          },
          required: ["items", "ok", "files", "sandbox", "confined", "faults"],
        },
      ],
    },
    "logs get": {
      id: "listLogLines",
      summary: "The last lines of the log, the newest first",
      parameters: [
        parameter("query", "level", LOG_LEVEL, { description: "The least level." }),
        parameter("query", "search", TEXT, { description: "In the message or a field, without regard to case." }),
        parameter(
          "query",
          "requests",
          { type: "boolean", default: true },
          { description: "False leaves requests out." },
        ),
        parameter("query", "after", { type: "integer" }, { description: "Only lines after the one with this `seq`." }),
        ...PAGE_BEFORE,
      ],
      answer: [200, pageOf(LOG_LINE)],
    },
    "settings get": { id: "listSettings", summary: "The configuration in force", answer: [200, listOf(SETTING)] },
    "rules/explain post": {
      ...{ id: "explainRule", summary: "Why a caller may or may not do something", bodySchema: QUESTION },
      ...{ examples: { guest }, answer: [200, EXPLANATION], codes: ["not_found"] },
    },
  };
  const own = Object.entries(operations).map(([place, one]) => [place, { ...one, own: true }] as const);
  return pathsOf("admin", Object.fromEntries(own));
}
