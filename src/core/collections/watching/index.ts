export { changeOf, judge, type RecordChange, type Sight } from "./judge.ts";
export { holdNow } from "./seen.ts";
export { openWatch, type Watch, type WatchTarget } from "./watch.ts";
