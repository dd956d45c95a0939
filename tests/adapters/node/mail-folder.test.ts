import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { mailFolder } from "../../../src/adapters/node/mail-folder.ts";
import { createLogger, type LogEntry } from "../../../src/core/logging/index.ts";

test("mails become files, and the log says where, not for whom", async () => {
  const root = mkdtempSync(join(tmpdir(), "bakend-mail-"));
  try {
    const folder = join(root, "not", "there");
    const entries: LogEntry[] = [];
    const logger = createLogger({ level: "info", sinks: [{ write: (some) => void entries.push(...some) }] });
    const mailer = mailFolder({ folder, logger });
    const mail = { to: "ann@example.com", subject: "Hello", text: "Your code: 012345\n", html: "<p>" };
    await Promise.all([mailer.send(mail), mailer.send(mail)]);
    await logger.flush();
    const files = readdirSync(folder).map((name) => join(folder, name));
    assert.equal(files.length, 2);
    for (const file of files) {
      assert.equal(readFileSync(file, "utf8"), "To: ann@example.com\nSubject: Hello\n\nYour code: 012345\n");
      assert.equal(statSync(file).mode & 0o077, 0);
    }
    const logged = JSON.stringify(entries);
    for (const file of files) assert.ok(logged.includes(file), logged);
    assert.ok(logged.includes("Hello"));
    assert.doesNotMatch(logged, /ann@|012345/);
  } finally {
    rmSync(root, { recursive: true });
  }
});
