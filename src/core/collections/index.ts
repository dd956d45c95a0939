export { readAccount } from "./account.ts";
export { type CallerPaths, callerPaths } from "./caller-paths.ts";
export type { Catalog } from "./catalog.ts";
export { checkDefinition, RESERVED_COLLECTIONS } from "./check.ts";
export type { Collection } from "./collection.ts";
export { type Collections, type CollectionsDeps, type FileDoor, openCollections } from "./collections.ts";
export { passwordFault } from "./credentials.ts";
export { defineCollection } from "./define.ts";
export { ACTIONS, type Action, type CollectionDefinition, FIELD_TYPES, type FieldDefinition } from "./definition.ts";
export type { ExplainedGrant, ExplainedLeaf, Explanation, Question, Who } from "./explain/index.ts";
export { FILE_TABLE, type Field, isEmailAddress, type JsonSchema } from "./fields/index.ts";
export { type FileOwner, fileUrl, insertFile, type StoredFile, storedFile, type Visibility } from "./files/index.ts";
export type { PendingWrite, WriteHooks } from "./hooks.ts";
export type { MigrationPlan, MigrationRecord, MigrationStep } from "./migrations/index.ts";
export {
  type AggregateQuery,
  DEFAULT_LIMIT,
  type Group,
  type ListAnswer,
  type ListQuery,
  MAX_LIMIT,
  type Viewed,
  type ViewQuery,
} from "./reading/index.ts";
export type { RecordData } from "./record.ts";
export { MAX_BATCH, type RecordAccess, type Records, type WriteOptions } from "./records.ts";
export type { Role, Roles } from "./roles/index.ts";
export type { ApplyOptions, Schema, SchemaStatus } from "./schema.ts";
export type { RuleWarning } from "./unindexed.ts";
export { updateSchema } from "./update-schema.ts";
export type { Sight, Watch, WatchTarget } from "./watching/index.ts";
export { noAdmin, noSuchFile, type Operation } from "./writing/index.ts";
