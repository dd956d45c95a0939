export { changeOf, type RecordChange } from "./change.ts";
export { createFormer } from "./former.ts";
export { judge, type Sight } from "./judge.ts";
export { holdNow } from "./seen.ts";
export { mayHaveTurned } from "./turn.ts";
export { openWatch, type Watch, type WatchTarget } from "./watch.ts";
