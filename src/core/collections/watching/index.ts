export { changeOf, type RecordChange } from "./change.ts";
export { createGone } from "./gone.ts";
export { judge, type Sight } from "./judge.ts";
export { holdNow } from "./seen.ts";
export { openWatch, type Watch, type WatchTarget } from "./watch.ts";
