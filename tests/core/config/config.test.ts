import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConfigError, type ConfigProblem, defineConfig, loadConfig } from "../../../src/core/config/index.ts";

const SECRET = "0123456789abcdefghijklmnopqrstuvwxyz";

function load(raw: unknown, env: Record<string, string | undefined> = {}, files: Record<string, string> = {}) {
  const readSecret = (path: string) => {
    const text = files[path];
    if (text === undefined) throw new Error("no such file");
    return text;
  };
  return loadConfig({ raw, env, readSecret });
}

function problemsOf(raw: unknown, env: Record<string, string | undefined> = {}): readonly ConfigProblem[] {
  try {
    load(raw, env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
  assert.fail("the configuration was accepted");
}

describe("defaults", () => {
  test("an empty configuration is complete", () => {
    assert.deepEqual(load({}), {
      port: 8080,
      host: "127.0.0.1",
      database: "./bakend.db",
      durability: "full",
      storage: "./storage",
      uploads: "authenticated",
      migrations: "auto",
      logging: { level: "info", format: "auto", file: false, requests: true },
      cors: { origins: ["*"], credentials: false, maxAge: 600_000 },
      auth: { registration: "open", origins: [], providers: {} },
      mail: { from: "Bakend <bakend@localhost>", smtp: false, folder: "./mail" },
      limits: { body: 1_048_576, upload: 104_857_600, image: 2048, batch: 1000, idleTimeout: 60_000, rates: [] },
      realtime: {
        connections: 10_000,
        perAddress: 200,
        subscriptions: 100,
        comparisons: 2000,
        messages: 50,
        members: 400,
      },
      events: { durable: true, keep: 2_592_000_000, size: 1_073_741_824 },
      functions: {
        folder: "./functions",
        env: [],
        hosts: [],
        folders: [],
        timeout: 10_000,
        memory: 268_435_456,
        processes: 2,
      },
      webhooks: { hosts: [] },
      compression: true,
      plugins: [],
      proxies: [],
      docs: true,
      metrics: true,
    });
    assert.deepEqual(load(undefined), load({}));
  });

  test("a log file needs only a path", () => {
    const file = load({ logging: { file: { path: "a.log" } } }).logging.file;
    assert.deepEqual(file, { path: "a.log", maxSize: 10_485_760, keep: 5 });
  });

  test("defineConfig returns what it is given", () => {
    const config = { port: 1, logging: { level: "warn" } } as const;
    assert.equal(defineConfig(config), config);
  });
});

describe("accepted values", () => {
  const cases: [name: string, raw: unknown, path: string, expected: unknown][] = [
    ["port 0", { port: 0 }, "port", 0],
    ["port 65535", { port: 65_535 }, "port", 65_535],
    ["a level in capitals", { logging: { level: "WARN" } }, "logging.level", "warn"],
    ["a size in words", { limits: { body: "10mb" } }, "limits.body", 10_485_760],
    ["a size as a number", { limits: { body: 2048 } }, "limits.body", 2048],
    ["a time in words", { cors: { maxAge: "1h" } }, "cors.maxAge", 3_600_000],
    ["a time as a number", { cors: { maxAge: 5 } }, "cors.maxAge", 5],
    [
      "several origins",
      { cors: { origins: ["https://a.example", "capacitor://localhost"] } },
      "cors.origins.1",
      "capacitor://localhost",
    ],
    [
      "credentials for named origins",
      { cors: { origins: ["https://a.example"], credentials: true } },
      "cors.credentials",
      true,
    ],
    ["a long secret", { secret: SECRET }, "secret", SECRET],
    ["normal durability", { durability: "normal" }, "durability", "normal"],
  ];
  for (const [name, raw, path, expected] of cases) {
    test(name, () => assert.equal(valueAt(load(raw), path), expected));
  }
});

describe("mistakes", () => {
  const cases: [name: string, raw: unknown, path: string, message: RegExp, allowed?: RegExp][] = [
    ["a list for the whole", [], "", /^\[\] is not allowed/, /object with port, host/],
    ["null for the whole", "x", "", /^"x" is not allowed/, /object/],
    ["a port as text", { port: "8080" }, "port", /"8080" is not allowed/, /a port from 0 to 65535/],
    ["a port too high", { port: 65_536 }, "port", /65536/, /65535/],
    ["a broken port", { port: 80.5 }, "port", /80\.5/, /port/],
    ["an empty host", { host: "" }, "host", /"" is not allowed/, /address/],
    ["an empty database", { database: " " }, "database", /" "/, /a path/],
    ["an unknown durability", { durability: "maximal" }, "durability", /maximal/, /"full", "normal"/],
    ["a short secret", { secret: "short" }, "secret", /the value given is not allowed/, /32 characters/],
    ["a monotonous secret", { secret: "a".repeat(64) }, "secret", /not allowed/, /random/],
    ["an unknown level", { logging: { level: "loud" } }, "logging.level", /"loud"/, /"debug", "info", "warn", "error"/],
    ["a log file as text", { logging: { file: "x.log" } }, "logging.file", /"x\.log"/, /false, or an object/],
    ["a log file without a path", { logging: { file: {} } }, "logging.file.path", /missing/, /a path/],
    [
      "a log file too small",
      { logging: { file: { path: "x", maxSize: "1b" } } },
      "logging.file.maxSize",
      /"1b"/,
      /1kb/,
    ],
    ["origins as text", { cors: { origins: "*" } }, "cors.origins", /"\*"/, /list of origins/],
    [
      "an origin with a path",
      { cors: { origins: ["https://a.example/x"] } },
      "cors.origins.0",
      /a\.example/,
      /origins/,
    ],
    ["credentials for everyone", { cors: { credentials: true } }, "cors.credentials", /cannot be sent to every origin/],
    ["a time too long", { cors: { maxAge: "2d" } }, "cors.maxAge", /"2d"/, /1d/],
    ["a size in unknown units", { limits: { body: "3 bushels" } }, "limits.body", /bushels/, /a size/],
    ["a batch of none", { limits: { batch: 0 } }, "limits.batch", /^0 is/, /from 1/],
    ["a rate of none", { limits: { rates: ["auth 0/1m"] } }, "limits.rates.0", /auth 0/, /such as/],
    ["a rate in no time", { limits: { rates: ["auth 1/0s"] } }, "limits.rates.0", /auth 1/, /such as/],
    ["a rate of nothing", { limits: { rates: ["60/1m"] } }, "limits.rates.0", /60/, /such as/],
    ["a rate of a method alone", { limits: { rates: ["POST 60/1m"] } }, "limits.rates.0", /POST/, /such as/],
    [
      "a rate of a method in lower case",
      { limits: { rates: ["post /api/a 1/1m"] } },
      "limits.rates.0",
      /post/,
      /such as/,
    ],
    ["mails without an address for links", { mail: { smtp: { host: "x" } } }, "url", /mails need it/],
    ["an address for links with a query", { url: "https://a.example/?x" }, "url", /a\.example/, /such as/],
    [
      "a password for mails that is none",
      { url: "https://a.example", mail: { smtp: { host: "x", password: 12_345_678 } } },
      "mail.smtp.password",
      /^the value given is not allowed/,
    ],
    ["a number for a part", { limits: 3 }, "limits", /^3 is/, /an object with body, upload/],
    ["text for a flag", { docs: "yes" }, "docs", /"yes"/, /true or false/],
    ["a misspelt key", { prot: 1 }, "prot", /did you mean "port"\?/],
    ["a misspelt key inside", { logging: { levle: "info" } }, "logging.levle", /did you mean "level"\?/],
    ["a misspelt key in the log file", { logging: { file: { path: "x", keeep: 1 } } }, "logging.file.keeep", /"keep"/],
    ["a provider without an id", { auth: { providers: { google: {} } } }, "auth.providers.google.clientId", /missing/],
    [
      "a misspelt key of a provider",
      { auth: { providers: { google: { clientId: "x", clientSecrets: "y" } } } },
      "auth.providers.google.clientSecrets",
      /did you mean "clientSecret"\?/,
    ],
    [
      "a provider's name in capitals",
      { auth: { providers: { Google: { clientId: "x" } } } },
      "auth.providers.Google",
      /lower-case/,
    ],
    [
      "a secret that is none",
      { auth: { providers: { google: { clientId: "x", clientSecret: 12_345_678 } } } },
      "auth.providers.google.clientSecret",
      /^the value given is not allowed/,
      /what the provider gave/,
    ],
    ...["http://login.example.com", "ftp://x", "https://x/?y", "http://localhost.example.com"].map(
      (issuer): (typeof cases)[number] => [
        `the issuer ${issuer}`,
        { auth: { providers: { mine: { clientId: "x", issuer } } } },
        "auth.providers.mine.issuer",
        /not allowed/,
        /such as "https:/,
      ],
    ),
    [
      "a redirect with a path",
      { auth: { origins: ["https://a.example/x"] } },
      "auth.origins.0",
      /a\.example/,
      /origins/,
    ],
    ["a redirect to anywhere", { auth: { origins: ["*"] } }, "auth.origins.0", /not allowed/, /origins/],
    ["a key like nothing known", { xylophone: 1 }, "xylophone", /no such setting/, /port, host/],
    ["a key of objects", { __proto__x: 1 }, "__proto__x", /no such setting/],
  ];
  for (const [name, raw, path, message, allowed] of cases) {
    test(name, () => {
      const problems = problemsOf(raw);
      assert.equal(problems.length, 1, JSON.stringify(problems));
      assert.equal(problems[0]?.path, path);
      assert.match(problems[0]?.message ?? "", message);
      if (allowed !== undefined) assert.match(problems[0]?.allowed ?? "", allowed);
    });
  }

  test("all are told at once, from the file and from the environment", () => {
    const raw = { port: -1, prot: 1, limits: { body: "x", batch: 0 }, logging: { level: "x", file: { keep: -1 } } };
    const problems = problemsOf(raw, { BAKEND_HOSTS: "x", BAKEND_DOCS: "maybe" });
    assert.deepEqual(problems.map((problem) => problem.path).sort(), [
      "BAKEND_HOSTS",
      "docs",
      "limits.batch",
      "limits.body",
      "logging.file.keep",
      "logging.file.path",
      "logging.level",
      "port",
      "prot",
    ]);
  });

  test("the message is the whole list", () => {
    assert.throws(() => load({ port: -1, prot: 1 }), {
      name: "ConfigError",
      message:
        "The configuration has 2 mistakes:\n" +
        "  port: -1 is not allowed; expected a port from 0 to 65535\n" +
        '  prot: there is no such setting; did you mean "port"?',
    });
  });

  test("a secret never appears in a message", () => {
    assert.throws(
      () => load({ secret: "hunter2" }),
      (error: Error) => !error.message.includes("hunter2"),
    );
  });
});

describe("environment", () => {
  const cases: [variable: string, text: string, path: string, expected: unknown][] = [
    ["BAKEND_PORT", "9000", "port", 9000],
    ["BAKEND_HOST", "0.0.0.0", "host", "0.0.0.0"],
    ["BAKEND_LOGGING_LEVEL", "ERROR", "logging.level", "error"],
    ["BAKEND_LOGGING_REQUESTS", "off", "logging.requests", false],
    ["BAKEND_LOGGING_FILE", "false", "logging.file", false],
    ["BAKEND_LOGGING_FILE_PATH", "b.log", "logging.file.path", "b.log"],
    ["BAKEND_LOGGING_FILE_MAX_SIZE", "1mb", "logging.file.maxSize", 1_048_576],
    ["BAKEND_CORS_ORIGINS", "https://a.example, https://b.example", "cors.origins.1", "https://b.example"],
    ["BAKEND_CORS_MAX_AGE", "30s", "cors.maxAge", 30_000],
    ["BAKEND_LIMITS_BODY", "4096", "limits.body", 4096],
    ["BAKEND_LIMITS_IDLE_TIMEOUT", "10s", "limits.idleTimeout", 10_000],
    ["BAKEND_COMPRESSION", "0", "compression", false],
    ["BAKEND_SECRET", SECRET, "secret", SECRET],
    ["BAKEND_AUTH_PROVIDERS_MINE_CLIENT_ID", "me", "auth.providers.mine.clientId", "me"],
    ["BAKEND_AUTH_PROVIDERS_MINE2_SCOPES", "openid, email", "auth.providers.mine2.scopes.1", "email"],
    ["BAKEND_AUTH_PROVIDERS_GIVEN_CLIENT_SECRET", "other", "auth.providers.given.clientSecret", "other"],
  ];
  for (const [variable, text, path, expected] of cases) {
    test(`${variable} sets ${path}`, () => {
      // A size of the log file means nothing without its path.
      const providers = { given: { clientId: "x" }, mine2: { clientId: "y" } };
      const raw = { port: 1, auth: { providers }, logging: { file: { path: "a.log" } } };
      assert.equal(valueAt(load(raw, { [variable]: text }), path), expected);
    });
  }

  test("a setting of the log file switches it on", () => {
    const file = load({ logging: { file: false } }, { BAKEND_LOGGING_FILE_PATH: "c.log" }).logging.file;
    assert.deepEqual(file, { path: "c.log", maxSize: 10_485_760, keep: 5 });
  });

  test("an empty variable is not set, and other variables do not matter", () => {
    assert.equal(load({ port: 1 }, { BAKEND_PORT: "", BAKEND_HOST: undefined, PORT: "2" }).port, 1);
  });

  test("NAME_FILE reads the value from a file, without its last newline", () => {
    assert.equal(load({}, { BAKEND_SECRET_FILE: "/s" }, { "/s": `${SECRET}\n` }).secret, SECRET);
    assert.equal(load({}, { BAKEND_PORT_FILE: "/p" }, { "/p": "81\r\n" }).port, 81);
    const providers = { google: { clientId: "x" } };
    const env = { BAKEND_AUTH_PROVIDERS_GOOGLE_CLIENT_SECRET_FILE: "/g" };
    const { auth } = load({ auth: { providers } }, env, { "/g": "shh\n" });
    assert.deepEqual(auth.providers, { google: { clientId: "x", clientSecret: "shh" } });
  });

  const mistakes: [name: string, env: Record<string, string>, path: string, message: RegExp][] = [
    ["both NAME and NAME_FILE", { BAKEND_SECRET: SECRET, BAKEND_SECRET_FILE: "/s" }, "BAKEND_SECRET_FILE", /only one/],
    ["a file that cannot be read", { BAKEND_SECRET_FILE: "/none" }, "BAKEND_SECRET_FILE", /cannot read \/none/],
    ["an unknown name", { BAKEND_LOGING_LEVEL: "info" }, "BAKEND_LOGING_LEVEL", /did you mean BAKEND_LOGGING_LEVEL\?/],
    ["an unknown NAME_FILE", { BAKEND_SECRETS_FILE: "/s" }, "BAKEND_SECRETS_FILE", /no such setting/],
    [
      "both of a provider",
      { BAKEND_AUTH_PROVIDERS_X_CLIENT_ID: "x", BAKEND_AUTH_PROVIDERS_X_CLIENT_ID_FILE: "/s" },
      "BAKEND_AUTH_PROVIDERS_X_CLIENT_ID_FILE",
      /BAKEND_AUTH_PROVIDERS_X_CLIENT_ID is set too/,
    ],
    [
      "a provider without a name",
      { BAKEND_AUTH_PROVIDERS__CLIENT_ID: "x" },
      "BAKEND_AUTH_PROVIDERS__CLIENT_ID",
      /no such/,
    ],
    ["a part, not a setting", { BAKEND_CORS: "x" }, "BAKEND_CORS", /no such setting/],
    ["a value that is not allowed", { BAKEND_PORT: "high" }, "port", /"high" \(from BAKEND_PORT\)/],
    ["a number in another notation", { BAKEND_PORT: "0x50" }, "port", /"0x50"/],
  ];
  for (const [name, env, path, message] of mistakes) {
    test(`${name} is a mistake`, () => {
      const problems = problemsOf({}, env);
      assert.equal(problems.length, 1, JSON.stringify(problems));
      assert.equal(problems[0]?.path, path);
      assert.match(problems[0]?.message ?? "", message);
    });
  }
});

function valueAt(value: unknown, path: string): unknown {
  return path.split(".").reduce((current: unknown, key) => Reflect.get(Object(current), key), value);
}
