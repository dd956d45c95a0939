export { fromBase64Url, toBase64Url } from "./base64url.ts";
export { type Taken, takeOne } from "./bucket.ts";
export { formatByteSize, parseByteSize } from "./byte-size.ts";
export { compareText } from "./compare-text.ts";
export { toDate, toInstant } from "./dates.ts";
export { type Disposition, readDisposition, writeDisposition } from "./disposition.ts";
export { formatDuration, parseDuration } from "./duration.ts";
export { deepFreeze } from "./freeze.ts";
export { getOrAdd } from "./get-or-add.ts";
export { createIdGenerator, deriveId, type FillRandom, isUuid, timePrefix } from "./ids.ts";
export { createInTurn, type InTurn } from "./in-turn.ts";
export { type IpRange, parseIpRange } from "./ip-range.ts";
export { createLru, type Lru } from "./lru.ts";
export { mergePatch } from "./merge-patch.ts";
export {
  MultipartError,
  type MultipartLimits,
  multipartBoundary,
  type Part,
  readMultipart,
} from "./multipart/index.ts";
export { network } from "./network.ts";
export { parseRate, type Rate } from "./rate.ts";
export { createRequestIds } from "./request-ids.ts";
export { createRounds, type Rounds } from "./rounds.ts";
export { sameText } from "./same-text.ts";
export { suggest } from "./suggest.ts";
export { toIso } from "./time.ts";
