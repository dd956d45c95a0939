export { sameDefinition, withoutRenames } from "./changes.ts";
export { type MigrationPlan, type MigrationStep, planMigration } from "./plan.ts";
export { type Reconciliation, reconcile } from "./reconcile.ts";
export {
  createStore,
  type MigrationRecord,
  migrationStatements,
  readDefinitions,
  readHistory,
  type StoredDefinition,
} from "./store.ts";
