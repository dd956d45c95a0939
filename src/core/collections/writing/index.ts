export { adminsOnlyIn, noAdmin } from "./accounts.ts";
export { type Operation, planBatch, type Written } from "./batch.ts";
export { type Alongside, rehearse, writeRecords } from "./commit.ts";
export { planCreate } from "./create.ts";
export { hookedCreate } from "./hooks.ts";
export { add, createPlan, type WritePlan } from "./plan.ts";
export { planRemove } from "./remove.ts";
export { checkStatement, readStatement } from "./statements.ts";
export { planUpdate } from "./update.ts";
