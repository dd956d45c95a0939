/** The library's door: everything that a program which embeds Bakend may use. It runs on any platform. */
export { type App, type AppOptions, createApp } from "./core/app.ts";
export {
  type AggregateQuery,
  type ApplyOptions,
  type Collection,
  type CollectionDefinition,
  type Collections,
  defineCollection,
  type FieldDefinition,
  type Group,
  type ListAnswer,
  type ListQuery,
  type MigrationPlan,
  type MigrationRecord,
  type MigrationStep,
  type Operation,
  type RecordAccess,
  type RecordData,
  type Records,
  type Schema,
  type SchemaStatus,
  type StoredFile,
  type ViewQuery,
  type WriteOptions,
} from "./core/collections/index.ts";
export { type Config, ConfigError, type ConfigInput, defineConfig } from "./core/config/index.ts";
export type { DatabaseDriver, Durability } from "./core/database/index.ts";
export { BakendError } from "./core/errors.ts";
export type { BakendEvent, EventBus, EventDetail, EventHandler, Lane } from "./core/events/index.ts";
export type { FunctionRunner, LoadReport } from "./core/functions/index.ts";
export {
  createLogger,
  createRecentLog,
  formatHuman,
  formatJson,
  type LogEntry,
  type LogFields,
  type Logger,
  type LoggerOptions,
  type LogLevel,
  type LogSink,
  type RecentLog,
} from "./core/logging/index.ts";
export type { Mail, Mailer, MailFiles, MailTimers } from "./core/mail/index.ts";
export type { Plugin, PluginHandler, PluginHost, PluginMethod } from "./core/plugins/index.ts";
export { ANONYMOUS, type Principal, systemPrincipal } from "./core/principal.ts";
export {
  type BlobEntry,
  type BlobInfo,
  type BlobStore,
  type ByteRange,
  type ImageMaker,
  type ImageWanted,
  type MadeImage,
  memoryBlobs,
  type StoredBlob,
} from "./core/storage/index.ts";
export {
  ERROR_CODES,
  type ErrorCode,
  type FieldErrorCode,
  type FieldProblem,
  type Problem,
  type RecordOf,
} from "./protocol/index.ts";
