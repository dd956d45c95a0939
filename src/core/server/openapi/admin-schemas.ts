import { LOG_LEVELS } from "../../logging/index.ts";
import { type Node, parameter } from "./node.ts";

const TEXT: Node = { type: "string" };
const TEXTS: Node = { type: "array", items: TEXT };

/** How much of a log is asked for. */
export const PAGE_BEFORE = [
  parameter("query", "limit", { type: "integer", minimum: 1, maximum: 500, default: 50 }),
  parameter("query", "before", { type: "integer" }),
];
/** How much a line matters. */
export const LOG_LEVEL: Node = { type: "string", enum: [...LOG_LEVELS] };
/** A line of the log. */
export const LOG_LINE: Node = {
  type: "object",
  properties: {
    seq: { type: "integer" },
    time: { type: "string", format: "date-time" },
    level: LOG_LEVEL,
    message: { type: "string" },
    fields: { type: "object" },
  },
  required: ["seq", "time", "level", "message", "fields"],
};
/** An event as admins see it. */
export const EVENT: Node = {
  type: "object",
  properties: {
    seq: { type: "integer" },
    id: TEXT,
    type: TEXT,
    timestamp: TEXT,
    source: TEXT,
    payload: {},
    previous: { type: ["object", "null"], description: "The record before the change." },
    actor: { type: ["object", "null"], description: "Who did it: `kind`, `id`, `key`." },
    from: {
      type: ["string", "null"],
      description: "The address that it was done from, of what happens to accounts and of what admins do.",
    },
  },
  required: ["seq", "id", "type", "timestamp", "source", "payload", "previous", "actor", "from"],
};
/** A delivery that did not succeed. */
export const DELIVERY: Node = {
  type: "object",
  properties: {
    id: { type: "integer" },
    target: TEXT,
    state: TEXT,
    tries: { type: "integer" },
    nextAt: { type: ["string", "null"] },
    error: { type: ["string", "null"] },
    seq: { type: "integer" },
    event: { type: "object" },
  },
  required: ["id", "target", "state", "tries", "nextAt", "error", "seq", "event"],
};

const MOMENT: Node = { type: ["string", "null"], format: "date-time" };
const OR_NULL: Node = { type: ["string", "null"] };
/** A job. */
export const JOB: Node = {
  type: "object",
  properties: {
    name: TEXT,
    schedule: OR_NULL,
    timezone: OR_NULL,
    on: OR_NULL,
    paused: { type: "boolean" },
    nextAt: MOMENT,
  },
  required: ["name", "schedule", "timezone", "on", "paused", "nextAt"],
};
/** How a job is queued. */
export const RUN: Node = {
  type: "object",
  properties: {
    payload: {},
    delay: { type: "integer", description: "Milliseconds from now on." },
    at: { ...TEXT, format: "date-time" },
    ...{ key: TEXT, priority: { type: "integer" } },
  },
};
/** One try of a job. */
export const JOB_RUN: Node = {
  type: "object",
  properties: {
    ...{ id: { type: "integer" }, job: TEXT, name: TEXT, attempt: { type: "integer" }, state: TEXT },
    ...{ startedAt: MOMENT, endedAt: MOMENT, error: OR_NULL, lines: TEXTS },
  },
  required: ["id", "job", "name", "attempt", "state", "startedAt", "endedAt", "error", "lines"],
};
/** A job in the queue. */
export const QUEUED: Node = {
  type: "object",
  properties: {
    ...{ id: TEXT, name: TEXT, key: OR_NULL, priority: { type: "integer" }, state: TEXT, runAt: MOMENT },
    ...{
      tries: { type: "integer" },
      maxTries: { type: "integer" },
      createdAt: MOMENT,
      endedAt: MOMENT,
      error: OR_NULL,
    },
  },
  required: ["id", "name", "key", "priority", "state", "runAt", "tries", "maxTries", "createdAt", "endedAt", "error"],
};
/** What a webhook is made of. */
/** A webhook. */
export const WEBHOOK_BODY = { url: TEXT, events: TEXTS, "enabled?": { type: "boolean" } as Node };
export const WEBHOOK: Node = {
  type: "object",
  properties: { id: TEXT, url: TEXT, events: TEXTS, enabled: { type: "boolean" }, createdAt: TEXT },
  required: ["id", "url", "events", "enabled", "createdAt"],
};
/** One attempt to deliver to a webhook. */
export const ATTEMPT: Node = {
  type: "object",
  properties: {
    ...{ id: { type: "integer" }, event: TEXT, type: TEXT, at: TEXT, milliseconds: { type: "integer" } },
    status: { type: ["integer", "null"] },
    error: { type: ["string", "null"] },
  },
  required: ["id", "event", "type", "at", "milliseconds", "status", "error"],
};
