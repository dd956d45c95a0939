import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfig, settingSources, settingsInForce } from "../../../src/core/config/index.ts";
import { inWorld } from "../../support/accounts.ts";
import { assertProblem } from "../../support/app.ts";

const PATH = "/api/admin/settings";
const SECRET = "0123456789abcdefghijklmnopqrstuvwxyz";
const SMTP = { host: "smtp.example.com", user: "ann", password: "hush hush" };

interface Item {
  readonly path: string;
  readonly variable: string;
  readonly source: string;
  readonly value?: unknown;
}

test(
  "the configuration in force is told to admins, and no secret to anybody",
  inWorld({ secret: SECRET, limits: { batch: 7 }, mail: { smtp: SMTP } }, async (world) => {
    const { token } = await world.signUp("root@example.com", "admin");
    const ann = await world.signUp("ann@example.com");
    assertProblem(await world.call("GET", PATH), 401, "unauthenticated");
    assertProblem(await world.call("GET", PATH, ann), 403, "forbidden");
    assertProblem(await world.call("GET", `${PATH}?x=1`, { token }), 400, "bad_request");
    const answer = await world.call("GET", PATH, { token });
    const items: readonly Item[] = answer.body.items;
    const item = (path: string) => items.find((one) => one.path === path);
    assert.deepEqual(item("limits.batch"), {
      ...{ path: "limits.batch", variable: "BAKEND_LIMITS_BATCH", source: "file", value: 7 },
    });
    assert.deepEqual(item("limits.body"), {
      ...{ path: "limits.body", variable: "BAKEND_LIMITS_BODY", source: "default", value: 1024 * 1024 },
    });
    assert.deepEqual(item("secret"), { path: "secret", variable: "BAKEND_SECRET", source: "file" });
    assert.equal(item("mail.smtp.host")?.value, "smtp.example.com");
    assert.equal(item("mail.smtp"), undefined, "told by its own settings");
    assert.ok(item("mail.smtp.password") && !("value" in (item("mail.smtp.password") ?? {})));
    assert.equal(item("logging.file")?.value, false);
    for (const secret of [SECRET, SMTP.password]) assert.ok(!answer.text.includes(secret));
  }),
);

test("settings under a name are told by that name", () => {
  const raw = { auth: { providers: { mine: { clientId: "x", clientSecret: "hush hush" } } } };
  const env = { BAKEND_AUTH_PROVIDERS_MINE_ISSUER: "https://a.example", BAKEND_AUTH_PROVIDERS_OTHER_CLIENT_ID: "y" };
  const sources = settingSources(raw, env);
  const told = settingsInForce(loadConfig({ raw, env, readSecret: () => "" }), sources);
  const [prefix, variable] = ["auth.providers.", "BAKEND_AUTH_PROVIDERS_"];
  assert.deepEqual(
    told.filter(({ path }) => path.startsWith(prefix)),
    [
      { path: `${prefix}mine.clientId`, variable: `${variable}MINE_CLIENT_ID`, source: "file", value: "x" },
      { path: `${prefix}other.clientId`, variable: `${variable}OTHER_CLIENT_ID`, source: "environment", value: "y" },
      { path: `${prefix}mine.clientSecret`, variable: `${variable}MINE_CLIENT_SECRET`, source: "file" },
      {
        ...{ path: `${prefix}mine.issuer`, variable: `${variable}MINE_ISSUER` },
        ...{ source: "environment", value: "https://a.example" },
      },
    ],
  );
});

test("a setting comes from the environment, from the file, or from nowhere", () => {
  const raw = { limits: { batch: 5 }, logging: { file: { path: "x" } }, docs: false };
  const env = { BAKEND_LIMITS_BATCH: "6", BAKEND_SECRET_FILE: "/s", BAKEND_METRICS: "", PATH: "/bin" };
  const sources = settingSources(raw, env);
  assert.deepEqual(sources, {
    secret: "environment",
    "logging.file": "file",
    "logging.file.path": "file",
    "limits.batch": "environment",
    docs: "file",
  });
  const config = loadConfig({ raw, env, readSecret: () => SECRET });
  const told = settingsInForce(config, sources);
  const of = (path: string) => told.find((one) => one.path === path);
  assert.deepEqual([of("limits.batch")?.value, of("limits.batch")?.source], [6, "environment"]);
  assert.deepEqual([of("logging.file.path")?.value, of("logging.file.path")?.source], ["x", "file"]);
  assert.deepEqual([of("metrics")?.value, of("metrics")?.source], [true, "default"]);
  assert.ok(!JSON.stringify(told).includes(SECRET));
});
