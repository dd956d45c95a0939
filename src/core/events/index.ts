export { actorOf, doneBy, whoIs } from "./actor.ts";
export { createEventBus, type EventBusDeps } from "./bus.ts";
export {
  CONSUMER_TABLES,
  type Consumer,
  type ConsumerDeps,
  type Delivery,
  type DeliveryOffice,
  forgetDeliveries,
  openConsumer,
  openDeliveryOffice,
  splitOff,
  undeliveredBy,
} from "./consumer/index.ts";
export {
  type Actor,
  type BakendEvent,
  type EventBus,
  type EventDetail,
  type EventHandler,
  type Lane,
  MAX_DEPTH,
} from "./event.ts";
export { compileInterest, isKept } from "./kept.ts";
export { createLines, type Lines } from "./lines.ts";
export { EVENT_TABLES, type EventLog, type EventsWanted, type LoggedEvent, NEWEST_PLACE, openEventLog } from "./log.ts";
export { createPassingLimit, type PassingLimit, type PassingLimitDeps } from "./passing-limit.ts";
export { compilePattern } from "./pattern.ts";
export { createRetention } from "./retention.ts";
export { type EventStream, type Every, streamOfBus, streamOfLog } from "./stream.ts";
