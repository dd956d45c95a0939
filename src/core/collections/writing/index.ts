export { type Operation, planBatch, type Written } from "./batch.ts";
export { type Alongside, writeRecords } from "./commit.ts";
export { planCreate } from "./create.ts";
export { withoutHidden } from "./plan.ts";
export { planRemove } from "./remove.ts";
export { planUpdate } from "./update.ts";
