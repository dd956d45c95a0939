export { changeOf, judge, type RecordChange, type Sight } from "./judge.ts";
export { openWatch, type Watch, type WatchTarget } from "./watch.ts";
