import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { mailServer } from "../support/mail-server.ts";
import { type Running, runBak, startBak } from "./bak.ts";

let root = "";
const started: Running[] = [];
before(() => {
  root = mkdtempSync(join(tmpdir(), "bakend-mail-"));
});
after(() => {
  for (const { child } of started) child.kill("SIGKILL");
  rmSync(root, { recursive: true, force: true });
});

function project(name: string, config: object, mails: Readonly<Record<string, string>> = {}): string {
  const folder = join(root, name);
  mkdirSync(join(folder, "mails"), { recursive: true });
  writeFileSync(join(folder, "bakend.json"), JSON.stringify({ port: 0, ...config }));
  for (const [file, text] of Object.entries(mails)) writeFileSync(join(folder, "mails", file), text);
  return folder;
}

/** Serves a project until an account was made, and stops it in order. Returns what it logged. */
async function register(folder: string): Promise<string> {
  const running = startBak(["start", "--json"], { cwd: folder });
  started.push(running);
  const [line] = await running.until(/^\{.*"event":"ready".*\}$/m);
  const response = await fetch(`${JSON.parse(line).url}/api/auth/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "ann@example.com", password: "correct horse battery" }),
  });
  assert.equal(response.status, 201);
  running.child.kill("SIGTERM");
  // the mail is on its way before the process ends
  assert.equal(await running.ended, 0);
  return running.stderr();
}

describe("bak dev", () => {
  test("follows a change of a mail, and keeps the old one if it cannot be used", async () => {
    const folder = project("dev", {});
    const running = startBak(["dev", "--json"], { cwd: folder });
    started.push(running);
    await running.until(/"event":"ready"/);
    writeFileSync(join(folder, "mails", "otp.txt"), "{{code}}");
    await running.until(/The change was not taken over.*otp\.txt/s);
    writeFileSync(join(folder, "mails", "otp.txt"), "Subject: Hi\n\n{{code}}");
    await running.until(/Reloaded in/);
    running.child.kill("SIGTERM");
    assert.equal(await running.ended, 0);
  });
});

describe("mails of a project", () => {
  test("are files without a mail server, in the project's own words", async () => {
    const folder = project("files", {}, { "verify.txt": "Subject: Moin\n\nFor {{email}}: {{url}}/go?t={{token}}\n" });
    const log = await register(folder);
    const [file = "", ...more] = readdirSync(join(folder, "mail"));
    assert.deepEqual(more, []);
    const text = readFileSync(join(folder, "mail", file), "utf8");
    assert.match(
      text,
      /^To: ann@example.com\nSubject: Moin\n\nFor ann@example.com: http:\/\/localhost:0\/go\?t=[\w-]{43}\n$/,
    );
    assert.ok(log.includes(file), log);
    assert.match(log, /Moin/);
    assert.doesNotMatch(log, /ann@example/);
  });

  test("go through the mail server that is configured", async () => {
    const server = await mailServer();
    try {
      const smtp = { host: "127.0.0.1", port: server.port, user: "bakend", password: "a long password" };
      const mail = { from: "Example <hello@example.com>", smtp };
      const folder = project("smtp", { url: "https://example.com/app/", mail });
      const log = await register(folder);
      assert.doesNotMatch(log, /was not sent|a long password/);
      const [received] = server.received;
      assert.deepEqual([received?.from, received?.to], ["hello@example.com", ["ann@example.com"]]);
      assert.match(received?.content ?? "", /https:\/\/example\.com\/app\/verify-email#token/);
    } finally {
      await server.close();
    }
  });

  test("that cannot be used are mistakes, all told at once", async () => {
    const folder = project("faults", {}, { "verify.txt": "Hi {{name}}", "welcome.txt": "Subject: Hi\n\nHi" });
    const { code, stderr } = await runBak(["start"], { cwd: folder });
    assert.equal(code, 2, stderr);
    assert.match(stderr, /mails\/verify\.txt.*must begin/s);
    assert.match(stderr, /mails\/verify\.txt.*\{\{name\}\} is none of/s);
    assert.match(stderr, /mails\/welcome\.txt.*no such mail/s);
  });
});
