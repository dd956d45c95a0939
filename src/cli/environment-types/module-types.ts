/** What the module "bakend" is to a file of functions; the records stand before it. */
export const MODULE_TYPES = `
  type Name = keyof Collections;
  type AnyName = Name | (string & {});
  type RecordOf<C> = C extends keyof Collections ? Collections[C] : SystemFields & { readonly [field: string]: unknown };
  type HiddenOf<C> = C extends keyof Hidden ? Hidden[C] : unknown;
  type WrittenOf<C> = HiddenOf<C> & (C extends Accounts ? { password: string } : unknown);
  type Data<T> = { [F in keyof T]?: T[F] } & { readonly id?: string };
  type Awaitable<T> = T | Promise<T>;
  type Unseen = undefined | void | symbol | ((...args: never) => unknown);

  /** What is left of a value that was kept as JSON: a \`Date\` is a text, what JSON does not know is gone, or null where it stands alone. */
  export type Jsonified<T> = unknown extends T
    ? T
    : T extends { toJSON(...args: never): infer J }
      ? Jsonified<J>
      : T extends Unseen
        ? null
        : T extends bigint
          ? never
          : T extends readonly unknown[]
            ? { [I in keyof T]: Jsonified<T[I]> }
            : T extends object
              ? { [F in keyof T as T[F] extends Unseen ? never : F]: Jsonified<Exclude<T[F], undefined>> | Extract<T[F], undefined> }
              : T;

  /** An account, with the collection that it is in. */
  export type User = (Collections extends { users: infer U } ? U : SystemFields) & { readonly collection: string };

  export interface ListQuery {
    readonly filter?: string;
    readonly search?: string;
    readonly sort?: string;
    readonly limit?: number;
    readonly cursor?: string;
    readonly page?: number;
    readonly count?: boolean;
    readonly fields?: readonly string[];
    readonly expand?: readonly string[];
  }
  /** Of \`W\` is what can be written beside what is read: a password, hidden fields. */
  export interface Records<T, W = unknown> {
    list(query?: ListQuery): Promise<{ readonly items: readonly T[]; readonly next: string | null; readonly total?: number }>;
    get(id: string, query?: Pick<ListQuery, "fields" | "expand">): Promise<T>;
    count(filter?: string | Pick<ListQuery, "filter" | "search">): Promise<number>;
    aggregate(query: {
      readonly aggregate: readonly string[];
      readonly group?: readonly string[];
      readonly filter?: string;
      readonly search?: string;
      readonly sort?: string;
      readonly limit?: number;
    }): Promise<readonly Readonly<Record<string, unknown>>[]>;
    create(data: Data<T & W>): Promise<T>;
    create(data: readonly Data<T & W>[]): Promise<readonly T[]>;
    update(id: string, data: Data<T & W>, options?: { readonly version?: number }): Promise<T>;
    replace(id: string, data: Data<T & W>, options?: { readonly version?: number }): Promise<T>;
    delete(id: string, options?: { readonly version?: number }): Promise<void>;
  }
  export interface Operation {
    readonly op: "create" | "update" | "upsert" | "delete";
    readonly collection: AnyName;
    readonly id?: string;
    readonly data?: object;
  }
  export interface Db {
    collection<C extends AnyName>(name: C): Records<RecordOf<C>, WrittenOf<C>>;
    /** All or nothing. */
    batch(operations: readonly Operation[]): Promise<readonly unknown[]>;
    /** The same under the rules that hold for a user; for null, for whoever is not signed in. */
    as(user: { readonly id: string; readonly collection?: string } | null): Db;
  }
  /** A session: \`token\` is good until \`expiresAt\`, then \`refreshToken\` gets the next one. */
  export interface SignedIn {
    readonly token: string;
    readonly refreshToken: string;
    readonly expiresAt: string;
    readonly user: User;
  }
  /** Accounts, beside their records; those of \`users\` unless another collection is named. */
  export interface Auth {
    /** The account of this id, or null. */
    user(id: string, collection?: string): Promise<User | null>;
    /** Whose access token or API key this is; null if it is nobody's. A key has to be good for functions in full. */
    verify(token: string): Promise<User | null>;
    /** Begins a session. Nothing is asked, no second factor either: prove first who it is. */
    signIn(id: string, collection?: string): Promise<SignedIn>;
    /** Ends all sessions. */
    signOut(id: string, collection?: string): Promise<void>;
    /** Sends an invitation, which makes the account once it is accepted. */
    invite(
      email: string,
      options?: { readonly role?: string; readonly collection?: string },
    ): Promise<{ readonly email: string; readonly role: string; readonly collection: string; readonly expiresAt: string }>;
    /** Sends a link, if the address has an account. */
    sendPasswordReset(email: string, collection?: string): Promise<void>;
    /** Sends a link, if the address has an account that is not proven. */
    sendVerification(email: string, collection?: string): Promise<void>;
  }
  export interface Mail {
    /** One address. */
    readonly to: string;
    /** One line, with nothing secret in it. */
    readonly subject: string;
    readonly text: string;
    /** Made of the text if it is left out. */
    readonly html?: string;
  }
  /** What is known of a file beside its bytes. */
  export interface StoredFile {
    readonly id: string;
    readonly filename: string;
    readonly mimeType: string;
    readonly size: number;
    /** SHA-256, in hexadecimal digits. */
    readonly checksum: string;
    readonly visibility: "public" | "protected";
    readonly ownerId: string | null;
    readonly createdAt: string;
    /** The path that it is served at. */
    readonly url: string;
  }
  /** Files, as the system: 8 MB of each at once. */
  export interface Storage {
    /** Takes a file in; it is \`protected\`, and nobody's, unless said. Owners are of \`users\` unless another collection is named. */
    put(file: {
      readonly filename: string;
      readonly body: string | Uint8Array | ArrayBuffer | Blob;
      readonly mimeType?: string;
      readonly visibility?: "public" | "protected";
      readonly ownerId?: string;
      readonly ownerCollection?: string;
    }): Promise<StoredFile>;
    /** A file, or null. Its bytes are read when they are asked for. */
    get(id: string): Promise<(StoredFile & { bytes(): Promise<Uint8Array>; text(): Promise<string> }) | null>;
    /** Deletes a file, and takes it out of the records that hold it. */
    delete(id: string): Promise<void>;
    /** An address for a mail or a page: of a protected file one that is signed, good for an hour or so many seconds. */
    url(id: string, options?: { readonly expiresIn?: number }): Promise<string>;
  }
  export interface BakendEvent<P = unknown> {
    readonly id: string;
    readonly type: string;
    readonly timestamp: string;
    readonly source: string;
    readonly payload: P;
    /** Who did it. */
    readonly actor?: { readonly kind: string; readonly id?: string; readonly key?: string };
  }
  export interface Context {
    readonly db: Db;
    readonly auth: Auth;
    /** Resolves once the mail is taken; it is sent, and sent again where that fails. */
    readonly mail: { send(mail: Mail): Promise<void> };
    readonly storage: Storage;
    /** The variables that the configuration grants. */
    readonly env: Readonly<Record<string, string>>;
    readonly jobs: {
      /** Queues a job; delay in milliseconds. Resolves to its id, or to null if one of the same key waits or runs. */
      enqueue(
        name: string,
        payload?: unknown,
        options?: { readonly delay?: number; readonly at?: string; readonly key?: string; readonly priority?: number },
      ): Promise<string | null>;
    };
    readonly log: Readonly<Record<"debug" | "info" | "warn" | "error", (...parts: readonly unknown[]) => void>>;
    /** Reaches the hosts that the configuration grants. */
    readonly fetch: typeof globalThis.fetch;
    readonly user: User | null;
  }
  export interface JobContext<P = unknown> extends Context {
    readonly payload: Jsonified<P>;
    readonly job: { readonly id: string; readonly name: string; readonly attempt: number };
    readonly step: Steps;
  }
  /** Steps have names of their own in their job or call; one that is done is not done again, whatever happens to the process. */
  export interface Steps {
    /** Resolves to what the work has returned, the first time too as JSON keeps it. */
    run<T>(name: string, work: () => Awaitable<T>): Promise<Jsonified<T>>;
    /** Goes on after so many milliseconds. */
    sleep(name: string, milliseconds: number): Promise<void>;
    /** Goes on with the next event of the kind, or with null after a week, or \`timeout\` milliseconds. */
    waitForEvent(name: string, pattern: string, options?: { readonly timeout?: number }): Promise<BakendEvent | null>;
  }
  export interface EventContext extends Context {
    readonly event: BakendEvent;
    /** For events that are kept, which most are. */
    readonly step: Steps;
  }
  export interface RecordContext<T> extends EventContext {
    readonly record: T;
  }
  export interface HookContext<T> extends Context {
    readonly record: T;
  }
  export interface RequestContext extends Context {
    readonly request: Request;
    readonly params: Readonly<Record<string, string>>;
  }
  type Hooked<T> = Awaitable<Data<T> | null | undefined | void>;

  export function onCreate<C extends Name>(collection: C, handler: (context: RecordContext<RecordOf<C>>) => unknown): void;
  export function onUpdate<C extends Name>(
    collection: C,
    handler: (context: RecordContext<RecordOf<C>> & { readonly previous: RecordOf<C> }) => unknown,
  ): void;
  export function onDelete<C extends Name>(collection: C, handler: (context: RecordContext<RecordOf<C>>) => unknown): void;
  /** Into one collection of accounts. */
  export function onLogin(collection: Accounts, handler: (context: EventContext) => unknown): void;
  /** Into any of them. */
  export function onLogin(handler: (context: EventContext) => unknown): void;
  /** \`*\`, \`posts.*\`, \`auth.login_failed\` ... */
  export function onEvent(pattern: string, handler: (context: EventContext) => unknown): void;
  /** Served below /api/functions. */
  export function onRequest(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    handler: (context: RequestContext) => Awaitable<Response>,
  ): void;
  /** What it returns is merged into what is written; what it throws refuses the write. */
  export function beforeCreate<C extends Name>(
    collection: C,
    handler: (context: HookContext<RecordOf<C>>) => Hooked<RecordOf<C> & HiddenOf<C>>,
  ): void;
  export function beforeUpdate<C extends Name>(
    collection: C,
    handler: (context: HookContext<RecordOf<C>> & { readonly previous: RecordOf<C> }) => Hooked<RecordOf<C> & HiddenOf<C>>,
  ): void;
  export function beforeDelete<C extends Name>(collection: C, handler: (context: HookContext<RecordOf<C>>) => unknown): void;

  /** Thrown to answer with a status. */
  export class HttpError extends Error {
    constructor(status: number, message?: string);
    readonly status: number;
  }
  /** Thrown to refuse a field. */
  export class FieldError extends Error {
    constructor(field: string, code: string, message?: string);
    readonly field: string;
    readonly code: string;
  }
  /** Thrown by \`db\`, \`auth\`, \`mail\`, \`storage\` and \`fetch\` where the server refuses. */
  export class BakendError extends Error {
    readonly code: string;
    readonly status: number;
    readonly errors: readonly { readonly field: string; readonly code: string; readonly message: string }[];
  }

  export function defineConfig<C extends object>(config: C): C;
  export function defineCollection<const D extends object>(definition: D): D;
`;
