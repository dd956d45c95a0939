export { createEventBus, type EventBusDeps } from "./bus.ts";
export type { Actor, BakendEvent, EventBus, EventDetail, EventHandler, Lane } from "./event.ts";
export { compilePattern } from "./pattern.ts";
