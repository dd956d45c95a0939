export { sameDefinition, withoutRenames } from "./changes.ts";
export { type MigrationPlan, type MigrationStep, planMigration } from "./plan.ts";
export { type Reconciliation, reconcile } from "./reconcile.ts";
export {
  createStore,
  isAlike,
  type MigrationRecord,
  migrationStatements,
  readDefinitions,
  readHistory,
  readShapes,
  type StoredDefinition,
} from "./store.ts";
