import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Running, runBak, startBak } from "./bak.ts";

const FIXTURE = "tests/cli/made-up-app.ts";
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let folder = "";
const started: Running[] = [];
before(() => {
  folder = mkdtempSync(join(tmpdir(), "bakend-serve-"));
});
after(() => {
  for (const { child } of started) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the fixture and waits for its line. */
async function serve(...args: string[]) {
  const running = startBak(args, { cwd: folder, script: FIXTURE });
  started.push(running);
  const [line] = await running.until(/^\{.*"event":"ready".*\}$/m);
  return { running, ready: JSON.parse(line) };
}

describe("the line that says ready", () => {
  test("tells addresses, promise and counts", async () => {
    const { running, ready } = await serve();
    assert.match(ready.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.deepEqual(ready.addresses, {
      api: `${ready.url}/api`,
      health: `${ready.url}/health`,
      docs: `${ready.url}/api/docs`,
    });
    assert.equal(ready.durability, "full");
    assert.match(ready.promise, /survives power loss/);
    assert.equal(ready.collections, 3);
    assert.equal(await (await fetch(ready.url)).text(), "done");
    running.child.kill("SIGTERM");
    await running.ended;
  });
});

describe("stopping", () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    test(`${signal} lets a request finish, closes, writes the log, exits with 0`, async () => {
      const { running, ready } = await serve();
      const pending = fetch(`${ready.url}/slow?ms=400`).then((response) => response.text());
      await pause(100);
      running.child.kill(signal);
      assert.equal(await pending, "done");
      assert.equal(await running.ended, 0);
      assert.match(running.stdout(), /closed/);
      assert.match(running.stderr(), /"message":"answered","path":"\/slow"/);
    });
  }

  test("the same key press, heard twice, is one signal", async () => {
    const { running, ready } = await serve();
    const pending = fetch(`${ready.url}/slow?ms=300`).then((response) => response.text());
    await pause(100);
    running.child.kill("SIGINT");
    await running.until(/SIGINT: finishing/);
    running.child.kill("SIGINT");
    assert.equal(await pending, "done");
    assert.equal(await running.ended, 0);
  });

  test("a second signal ends it at once, with 130", async () => {
    const { running, ready } = await serve();
    const pending = assert.rejects(fetch(`${ready.url}/slow?ms=20000`));
    await pause(100);
    running.child.kill("SIGTERM");
    await pause(700);
    running.child.kill("SIGTERM");
    assert.equal(await running.ended, 130);
    await pending;
  });

  test("what cannot be closed in order is logged, and the exit code says so", async () => {
    const { running } = await serve("0", "close");
    running.child.kill("SIGTERM");
    assert.equal(await running.ended, 1);
    assert.match(running.stderr(), /could not be closed in order.*cannot close/);
  });

  test("a forgotten rejection is logged and served on", async () => {
    const { running, ready } = await serve();
    await fetch(`${ready.url}/throw?ms=20`);
    await running.until(/a rejection was not handled.*forgotten/);
    assert.equal((await fetch(ready.url)).status, 200);
    running.child.kill("SIGTERM");
    assert.equal(await running.ended, 0);
  });
});

test("a taken port is a clear error, with exit code 1", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const address = other.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const { code, stderr, stdout } = await runBak([String(port)], { cwd: folder, script: FIXTURE });
  other.close();
  assert.equal(code, 1);
  assert.match(stderr, /cannot listen on 127\.0\.0\.1:\d+: another program uses this port/);
  assert.match(stdout, /closed/);
});

test("a configuration in TypeScript may import the library, without anything installed", async () => {
  const project = join(folder, "typed");
  mkdirSync(project);
  const text =
    'import { defineConfig } from "bakend";\nexport default defineConfig({ port: 0, durability: "normal" });\n';
  writeFileSync(join(project, "bakend.config.ts"), text);
  const running = startBak(["start", "--json"], { cwd: project });
  started.push(running);
  const [line] = await running.until(/^\{.*"event":"ready".*\}$/m);
  assert.equal(JSON.parse(line).durability, "normal");
  running.child.kill("SIGTERM");
  assert.equal(await running.ended, 0);
});

describe("bak dev", () => {
  test("takes over what works, and keeps the old state if it does not", async () => {
    const project = join(folder, "dev");
    mkdirSync(join(project, "collections"), { recursive: true });
    writeFileSync(join(project, "bakend.json"), "{}");
    const running = startBak(["dev", "--port", "0", "--json"], { cwd: project });
    started.push(running);
    const [line] = await running.until(/^\{.*"event":"ready".*\}$/m);
    const { url } = JSON.parse(line);
    const healthy = async () => assert.equal((await fetch(`${url}/health`)).status, 200);
    await healthy();

    const definition = { name: "notes", fields: [{ name: "title", type: "text" }] };
    writeFileSync(join(project, "collections/notes.json"), JSON.stringify(definition));
    await running.until(/Reloaded in \d+ ms/);
    await healthy();

    writeFileSync(join(project, "collections/notes.json"), "{");
    await running.until(/not taken over; the old state goes on\.[\s\S]*notes\.json: this is no JSON/);
    await healthy();

    // As editors do it: a new file in the old one's place.
    writeFileSync(join(project, "new.tmp"), '{"prot":1}');
    renameSync(join(project, "new.tmp"), join(project, "bakend.json"));
    await running.until(/did you mean "port"/);
    await healthy();

    writeFileSync(join(project, "collections/notes.json"), JSON.stringify(definition));
    writeFileSync(join(project, "bakend.json"), '{"host":"localhost"}');
    await running.until(/A change of host needs a restart/);
    await healthy();

    running.child.kill("SIGTERM");
    assert.equal(await running.ended, 0);
  });
});
