import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Config, loadConfig } from "../../src/core/config/index.ts";
import { indexSettings } from "../../src/core/config/settings.ts";
import { readDoc } from "./snippets.ts";

interface DocumentedSetting {
  readonly path: string;
  readonly variable: string;
  readonly fallback: string;
  readonly allowed: string;
}

const ROW = /^\| `([^`]+)` \| `([^`]+)` \| (?:`([^`]*)`)? ?\| (.+) \|$/gm;
const documented: readonly DocumentedSetting[] = Array.from(
  readDoc("docs/configuration.md").matchAll(ROW),
  ([, path = "", variable = "", fallback = "", allowed = ""]) => ({ path, variable, fallback, allowed }),
);
const load = (env: Readonly<Record<string, string>>): Config => loadConfig({ raw: {}, env, readSecret: () => "" });

function valueAt(config: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => {
    return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  }, config);
}

describe("docs/configuration.md", () => {
  test("lists every setting, its variable and its values, in the schema's order", () => {
    const real = Array.from(indexSettings().settings.values(), ({ path, variable, info }) => [
      path,
      variable,
      info.allowed,
    ]);
    assert.deepEqual(
      documented.map(({ path, variable, allowed }) => [path, variable, allowed]),
      real,
    );
  });

  for (const { path, variable, fallback } of documented) {
    test(`the default of ${path} is ${fallback || "nothing"}`, () => {
      const within = path.startsWith("logging.file.")
        ? { BAKEND_LOGGING_FILE_PATH: "x" }
        : path.startsWith("mail.smtp.")
          ? { BAKEND_MAIL_SMTP_HOST: "x", BAKEND_URL: "https://x" }
          : undefined;
      if (fallback === "") {
        const value = valueAt(load({}), path);
        assert.ok(value === undefined || (Array.isArray(value) && value.length === 0));
        return;
      }
      // what is documented, given through the variable, must be what there is without it
      assert.deepEqual(valueAt(load({ ...within, [variable]: fallback }), path), valueAt(load({ ...within }), path));
    });
  }
});
