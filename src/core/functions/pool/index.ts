export type { Call, Outcome, Timers } from "./call.ts";
export { createPool, type Pool } from "./pool.ts";
export type { Loaded } from "./worker.ts";
