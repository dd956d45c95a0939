export { type Outcome, playTable } from "./play.ts";
export { readTable } from "./table.ts";
