/** The client of a Bakend server, in TypeScript, for browsers, Bun, Node and workers. It depends on nothing. */
export type { ErrorCode, FieldProblem, Problem, RecordOf } from "../../src/protocol/index.ts";
export { ApiError } from "./api-error.ts";
export type { Account, Auth, Credentials, DeviceSession, MailToken, Methods, ProviderLogin } from "./auth.ts";
export type {
  ChannelListener,
  Channels,
  ConnectionState,
  Following,
  FollowOptions,
  LiveEvent,
  SocketClass,
  Stop,
} from "./channels.ts";
export { BakendClient, type ClientOptions } from "./client.ts";
export type { Files, ImageQuery, SignedAddress } from "./files.ts";
export type { CreateOptions, Records, WriteOptions } from "./records.ts";
export type { Present, Room, RoomListener } from "./room.ts";
export type { SessionStorage } from "./session.ts";
export type { RecordListener } from "./subscription.ts";
export type { Fetch, Method, RequestOptions } from "./transport.ts";
export type {
  AggregateQuery,
  AnyCollections,
  AnyRecord,
  DataOf,
  Expanded,
  ListQuery,
  Operation,
  Page,
  RecordsOf,
  Seen,
  StoredFile,
  User,
  ViewQuery,
} from "./types.ts";
export type { WatchListener, WatchQuery } from "./watch.ts";
export { type FilterValue, literal, where } from "./where.ts";
