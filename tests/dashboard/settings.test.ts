import assert from "node:assert/strict";
import { test } from "node:test";
import { settingGroups } from "../../dashboard/src/lib/operations/settings.ts";
import type { Setting } from "../../dashboard/src/lib/operations/types.ts";

const SETTINGS: readonly Setting[] = [
  { path: "mail.from", variable: "BAKEND_MAIL_FROM", source: "default", value: "Bakend" },
  { path: "secret", variable: "BAKEND_SECRET", source: "file" },
  { path: "mail.smtp.host", variable: "BAKEND_MAIL_SMTP_HOST", source: "environment", value: "smtp.example.com" },
  { path: "cors.origins", variable: "BAKEND_CORS_ORIGINS", source: "default", value: ["*"] },
];
const pathsOf = (text: string) => settingGroups(SETTINGS, text).map((group) => [group.name, ...paths(group)]);
const paths = ({ settings }: { readonly settings: readonly Setting[] }) => settings.map(({ path }) => path);

test("settings are grouped by their first word, those of one word first", () => {
  assert.deepEqual(pathsOf(""), [
    ["general", "secret"],
    ["mail", "mail.from", "mail.smtp.host"],
    ["cors", "cors.origins"],
  ]);
});

test("they are found by path, variable and value; what is not there has no group", () => {
  assert.deepEqual(pathsOf("smtp_h"), [["mail", "mail.smtp.host"]]);
  assert.deepEqual(pathsOf(" BAKEND "), pathsOf(""));
  assert.deepEqual(pathsOf('["*"]'), [["cors", "cors.origins"]]);
  assert.deepEqual(pathsOf("nothing"), []);
});
