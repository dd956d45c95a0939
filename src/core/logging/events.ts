import type { BakendEvent, EventBus } from "../events/index.ts";
import type { LogFields, Logger } from "./entry.ts";

/** Answered requests have lines of their own (`requestLogger`), made without an event for each. */
const REQUEST = "server.request";

/**
 * Logs every event, on the lane `logging`: record events and functions that run as `debug`, failed functions and jobs as `error`, other failures
 * as `warn`, the rest as `info`. Of a payload only the record's id is told. Types that the logger's level leaves out are
 * not listened to, so they cost nothing. Returns the way to stop.
 */
export function logEvents(bus: Pick<EventBus, "on">, logger: Logger): () => void {
  const wanted = (type: string): boolean => type !== REQUEST && logger.enabled(levelOf(type));
  return bus.on(wanted, (event) => logEvent(event, logger), "logging");
}

function logEvent(event: BakendEvent, logger: Logger): void {
  const record = recordId(event.payload);
  const fields: LogFields = { event: event.id, source: event.source, ...(record === undefined ? {} : { record }) };
  logger[levelOf(event.type)](event.type, fields);
}

function levelOf(type: string): "debug" | "info" | "warn" | "error" {
  if (/\.(created|updated|deleted)$|^function\.(started|completed)$/.test(type)) return "debug";
  if (/^(function|job)\.failed$/.test(type)) return "error";
  return /[._]failed$/.test(type) ? "warn" : "info";
}

function recordId(payload: unknown): string | undefined {
  if (typeof payload !== "object" || payload === null) return undefined;
  if ("record" in payload && typeof payload.record === "object") return recordId(payload.record);
  return "id" in payload && typeof payload.id === "string" ? payload.id : undefined;
}
