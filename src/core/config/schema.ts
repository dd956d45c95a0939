import { z } from "zod";
import { parseIpRange } from "../../tools/index.ts";
import { parseRateSetting } from "./rates.ts";
import { bytes, choice, duration, flag, integer, settingInfo, text } from "./setting.ts";

const KB = 1024;
const GB = 1024 ** 3;
const SECOND = 1000;
const DAY = 86_400_000;

const logFile = z.strictObject({
  /** The file that is written to; older ones stand beside it as `PATH.1`, `PATH.2` ... */
  path: text("a path"),
  /** Bytes after which a new file is begun. */
  maxSize: bytes(KB, 100 * GB, 'a size from "1kb" to "100gb"').default(10 * 1024 * KB),
  /** Older files that are kept. */
  keep: integer(0, 1000).default(5),
});

const logging = z.strictObject({
  level: choice("debug", "info", "warn", "error").default("info"),
  /** `auto`: for people on a terminal, JSON lines elsewhere. */
  format: choice("auto", "human", "json").default("auto"),
  file: z
    .union([z.literal(false), logFile])
    .register(settingInfo, { allowed: 'false, or an object such as { "path": "./logs/bakend.log" }', env: "boolean" })
    .default(false),
  /** One line for each request. */
  requests: flag().default(true),
});

const cors = z.strictObject({
  /** Origins that browsers may call from; `*` is all of them. */
  origins: z
    .array(z.string().regex(/^(\*|[a-z][a-z0-9+.-]*:\/\/[^/\s,]+)$/i))
    .register(settingInfo, { allowed: 'a list of origins such as ["https://example.com"], or ["*"]', env: "list" })
    .default(["*"]),
  /** Whether browsers may send cookies along. */
  credentials: flag().default(false),
  /** Milliseconds that a browser may keep the answer to a preflight request. */
  maxAge: duration(0, DAY, 'a time from "0s" to "1d"').default(10 * 60 * SECOND),
});

const provider = z.strictObject({
  /** What the provider calls this application. */
  clientId: text("what the provider gave"),
  clientSecret: text("what the provider gave").optional(),
  /** Where the provider is: the issuer of OpenID Connect. */
  issuer: z
    .string()
    .regex(/^(https:\/\/[^\s?#]+|http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(\/[^\s?#]*)?)$/i)
    .register(settingInfo, { allowed: 'an address such as "https://login.example.com"', env: "text" })
    .optional(),
  /** What is asked for; each kind of provider has a default that is enough to sign in. */
  scopes: z
    .array(z.string().regex(/^[^\s"\\]+$/))
    .register(settingInfo, { allowed: 'a list such as ["openid", "email"]', env: "list" })
    .optional(),
  /** Apple's team, key and private key, of which a secret is made. */
  teamId: text("Apple's id of the team").optional(),
  keyId: text("Apple's id of the key").optional(),
  privateKey: text("a private key in PEM (PKCS #8)").optional(),
});

const auth = z.strictObject({
  /** Whether anybody may make an account at /api/auth/register. */
  registration: choice("open", "closed").default("open"),
  /** Origins of pages and apps that sign people in, beside that of `url`. */
  origins: z
    .array(z.string().regex(/^[a-z][a-z0-9+.-]*:\/\/[^/\s,@]+$/i))
    .register(settingInfo, { allowed: 'a list of origins such as ["https://app.example.com"]', env: "list" })
    .default([]),
  /** Providers to sign in through, by name. */
  providers: z
    .record(z.string(), provider)
    .superRefine((providers, context) => {
      const message = "a provider's name is lower-case letters and digits";
      for (const name of Object.keys(providers))
        if (!/^[a-z][a-z0-9]{0,30}$/.test(name)) context.addIssue({ code: "custom", path: [name], message });
    })
    .default({}),
});

const smtp = z.strictObject({
  host: text('a host such as "smtp.example.com"'),
  port: integer(1, 65_535, "a port from 1 to 65535").default(587),
  /** TLS from the first byte, as on port 465. */
  secure: flag().default(false),
  user: text("a name").optional(),
  password: text("a password").optional(),
});

const mail = z.strictObject({
  /** Who the mails are from. */
  from: text('an address such as "Example <hello@example.com>"').default("Bakend <bakend@localhost>"),
  smtp: z
    .union([z.literal(false), smtp])
    .register(settingInfo, { allowed: 'false, or an object such as { "host": "smtp.example.com" }', env: "boolean" })
    .default(false),
  /** Where mails are written to without `smtp`. */
  folder: text("a path").default("./mail"),
});

const rate = z.string().refine((text) => parseRateSetting(text) !== null);

const limits = z.strictObject({
  /** Bytes of a JSON body. */
  body: bytes(KB, GB, 'a size from "1kb" to "1gb"').default(1024 * KB),
  /** Bytes of a file. */
  upload: bytes(KB, 1024 * GB, 'a size from "1kb" to "1024gb"').default(100 * 1024 * KB),
  /** Pixels of a side of an image that is made of another. */
  image: integer(16, 16_383).default(2048),
  /** Records or operations in one request. */
  batch: integer(1, 1000).default(1000),
  /** Milliseconds that a connection may be silent. */
  idleTimeout: duration(SECOND, 255 * SECOND, 'a time from "1s" to "255s"').default(60 * SECOND),
  /** How often clients may ask, in the place of the defaults or beside them. */
  rates: z
    .array(rate)
    .register(settingInfo, { allowed: 'a list such as ["auth 60/1m", "POST /api/posts 10/1m"]', env: "list" })
    .default([]),
});

const events = z.strictObject({
  /** Whether events are kept in the database: what follows from them then survives a crash, and can be resumed. */
  durable: flag().default(true),
  /** How long they are kept. */
  keep: duration(60 * SECOND, 3650 * DAY, 'a time from "1m" to "3650d"').default(30 * DAY),
  /** Bytes that they may take; the oldest go first. */
  size: bytes(1024 * KB, 1024 * GB, 'a size from "1mb" to "1024gb"').default(GB),
});

const realtime = z.strictObject({
  /** Connections in all, and from one address (an IPv6 /64). */
  connections: integer(1, 1_000_000).default(10_000),
  perAddress: integer(1, 1_000_000).default(200),
  /** Subscriptions of one connection. */
  subscriptions: integer(1, 10_000).default(100),
  /** Comparisons of the filters of one connection together. */
  comparisons: integer(1, 1_000_000).default(2_000),
  /** What one connection may say into rooms in a second: broadcasts, and changes of its presence. */
  messages: integer(1, 10_000).default(50),
  /** Connections in one room. */
  members: integer(1, 10_000).default(400),
});

const MB = 1024 * KB;

/** A list of texts that all match. */
const names = (pattern: RegExp, allowed: string) =>
  z.array(z.string().regex(pattern)).register(settingInfo, { allowed, env: "list" }).default([]);

/** A host by name or address, `*.` in front of the name or not, with a port or for all. */
const HOST = /^(\*\.)?([a-z0-9_-]+\.)*[a-z0-9_-]+(:\d{1,5})?$|^\[[0-9a-f:]+\](:\d{1,5})?$/i;

const functions = z.strictObject({
  /** Where the files of functions are. */
  folder: text("a path").default("./functions"),
  /** Environment variables that functions see. */
  env: names(/^[A-Za-z_]\w*$/, 'a list of names such as ["SMTP_HOST"]'),
  /** Hosts that functions may call with `fetch`. */
  hosts: names(HOST, 'a list of hosts such as ["api.example.com", "*.example.com:8443"]'),
  /** Folders that functions may read. */
  folders: names(/\S/, 'a list of paths such as ["./assets"]'),
  /** Milliseconds that one call may take. */
  timeout: duration(10, 15 * 60 * SECOND, 'a time from "10ms" to "15m"').default(10 * SECOND),
  /** Bytes of memory of each process. */
  memory: bytes(32 * MB, 64 * GB, 'a size from "32mb" to "64gb"').default(256 * MB),
  /** Processes that are kept ready. */
  processes: integer(1, 64).default(2),
});

const webhooks = z.strictObject({
  /** Hosts in private networks that webhooks may be sent to; public ones are open. */
  hosts: names(HOST, 'a list of hosts such as ["localhost:3000", "10.0.0.5"]'),
});

/** The configuration's shape, with every default. Paths are as written; the caller resolves them. */
export const configSchema = z
  .strictObject({
    /** 0 takes any free port. */
    port: integer(0, 65_535, "a port from 0 to 65535").default(8080),
    host: text('an address such as "127.0.0.1" or "0.0.0.0"').default("127.0.0.1"),
    /** Where people reach the application: links in mails begin with it. */
    url: z
      .string()
      .regex(/^https?:\/\/[^\s?#]+$/i)
      .register(settingInfo, { allowed: 'an address such as "https://example.com"', env: "text" })
      .optional(),
    database: text("a path").default("./bakend.db"),
    durability: choice("full", "normal").default("full"),
    storage: text("a path").default("./storage"),
    /** Who may upload files, beside those whom a role grants `storage.upload`. */
    uploads: choice("public", "authenticated", "admin").default("authenticated"),
    /** Signs tokens. */
    secret: z
      .string()
      .refine((value) => value.length >= 32 && new Set(value).size >= 10)
      .register(settingInfo, { allowed: "random text of at least 32 characters", env: "text" })
      .optional(),
    /** `manual`: a changed definition waits for `bak migrate`. */
    migrations: choice("auto", "manual").default("auto"),
    logging: logging.prefault({}),
    cors: cors
      .refine((value) => !(value.credentials && value.origins.includes("*")), {
        path: ["credentials"],
        message: 'credentials cannot be sent to every origin; name them in "cors.origins"',
      })
      .prefault({}),
    auth: auth.prefault({}),
    mail: mail.prefault({}),
    limits: limits.prefault({}),
    events: events.prefault({}),
    realtime: realtime.prefault({}),
    functions: functions.prefault({}),
    webhooks: webhooks.prefault({}),
    /** Modules of the program's own code, each of which exports a plugin by default. */
    plugins: z
      .array(text("a path"))
      .register(settingInfo, { allowed: 'a list of files such as ["./plugins/audit.ts"]', env: "list" })
      .default([]),
    /** Compresses answers for clients that accept it. */
    compression: flag().default(true),
    /** Proxies in front of the server, whose `x-forwarded-for` tells the client's address; nobody else's is believed. */
    proxies: z
      .array(z.string().refine((text) => parseIpRange(text) !== null))
      .register(settingInfo, {
        allowed: 'a list of addresses and ranges such as ["127.0.0.1", "10.0.0.0/8"]',
        env: "list",
      })
      .default([]),
    /** Serves the API's description at /api/docs and /api/openapi.json. */
    docs: flag().default(true),
    /** Serves /metrics. */
    metrics: flag().default(true),
  })
  .refine((value) => value.mail.smtp === false || value.url !== undefined, {
    path: ["url"],
    message: 'mails need it for their links, such as "https://example.com"',
  });

/** A complete, valid configuration. Sizes are bytes, times are milliseconds. */
export type Config = z.output<typeof configSchema>;

/** A configuration as it is written: everything has a default. */
export type ConfigInput = z.input<typeof configSchema>;

/** Types a configuration in `bakend.config.ts`; returns it as it is. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}
