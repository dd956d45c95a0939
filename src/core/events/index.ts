export { createEventBus, type EventBusDeps } from "./bus.ts";
export type { Actor, BakendEvent, EventBus, EventDetail, EventHandler, Lane } from "./event.ts";
export { type EventLog, type LoggedEvent, openEventLog } from "./log.ts";
export { compilePattern } from "./pattern.ts";
export { type EventStream, type Every, isOfFamily, streamOfBus, streamOfLog } from "./stream.ts";
