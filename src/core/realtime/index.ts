export { isRoom } from "./channel.ts";
export { CLOSE, type RealtimeSocket } from "./client.ts";
export {
  createHub,
  type Hub,
  type HubLimits,
  type RealtimeConnection,
  type Visitor,
} from "./hub.ts";
export type { RecordWatching, Sight, WatchWish } from "./watching.ts";
