export { formatByteSize, parseByteSize } from "./byte-size.ts";
export { toDate, toInstant } from "./dates.ts";
export { formatDuration, parseDuration } from "./duration.ts";
export { deepFreeze } from "./freeze.ts";
export { createIdGenerator, type FillRandom, isUuid } from "./ids.ts";
export { createLru, type Lru } from "./lru.ts";
export { createRequestIds } from "./request-ids.ts";
export { suggest } from "./suggest.ts";
export { createIsoClock } from "./time.ts";
