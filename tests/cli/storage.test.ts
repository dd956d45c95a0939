import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { formOf } from "../support/files.ts";
import { type Running, runBak, startBak } from "./bak.ts";

let folder = "";
const started: Running[] = [];
before(() => {
  folder = mkdtempSync(join(tmpdir(), "bakend-kill-"));
  mkdirSync(join(folder, "functions"));
  writeFileSync(join(folder, "bakend.json"), JSON.stringify({ port: 0, uploads: "public" }));
});
after(() => {
  for (const { child } of started) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

async function start() {
  const running = startBak(["start", "--json"], { cwd: folder });
  started.push(running);
  const [line] = await running.until(/^\{.*"event":"ready".*\}$/m);
  return { running, url: String(JSON.parse(line).url) };
}

/** What there is beside the mark of whose it is. */
const kept = () =>
  readdirSync(join(folder, "storage", "files"))
    .filter((name) => name !== "database")
    .toSorted();

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}

test("what was acknowledged survives kill -9; what was not is swept, in its time", async () => {
  // 1. one file is acknowledged, one is on its way
  const first = await start();
  const form = formOf(["file", "acknowledged", "a.txt", "text/plain"], ["visibility", "public"]);
  const body = form.body as Uint8Array<ArrayBuffer>;
  const sent = await fetch(`${first.url}/api/storage/upload`, { method: "POST", headers: form.headers, body });
  const { id, url } = (await sent.json()) as { id: string; url: string };
  assert.deepEqual(kept(), [id]);
  const socket = connect(Number(new URL(first.url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(
    "POST /api/storage/upload HTTP/1.1\r\nhost: test\r\ncontent-type: multipart/form-data; boundary=x\r\ncontent-length: 1000000\r\n\r\n" +
      `--x\r\nContent-Disposition: form-data; name="file"; filename="b"\r\n\r\n${"y".repeat(100_000)}`,
  );
  await until(() => kept().length === 2);
  const half = kept().find((name) => name.endsWith(".part")) ?? assert.fail("it is not on its way");
  first.running.child.kill("SIGKILL");
  await first.running.ended;
  socket.destroy();

  // 2. bytes that a row was never written for, from long ago; the half one could be another process's
  const orphan = "0190a000-0000-7000-8000-000000000001";
  const ago = new Date(Date.now() - 25 * 3_600_000);
  writeFileSync(join(folder, "storage", "files", orphan), "nobody's");
  for (const name of [orphan, id]) utimesSync(join(folder, "storage", "files", name), ago, ago);
  const second = await start();
  await until(() => !kept().includes(orphan));
  assert.deepEqual(kept(), [id, half].toSorted());
  assert.equal(await (await fetch(`${second.url}${url}`)).text(), "acknowledged");
  second.running.child.kill("SIGKILL");
  await second.running.ended;

  // 3. the half one, once it is old
  utimesSync(join(folder, "storage", "files", half), ago, ago);
  const third = await start();
  await until(() => !kept().includes(half));
  assert.deepEqual(kept(), [id]);
  assert.equal(readFileSync(join(folder, "storage", "files", id), "utf8"), "acknowledged");
  third.running.child.kill("SIGTERM");
  assert.equal(await third.running.ended, 0);

  // 4. neither a command on an empty database nor another database takes anything
  utimesSync(join(folder, "storage", "files", id), ago, ago);
  mkdirSync(join(folder, "tests", "rules"), { recursive: true });
  writeFileSync(
    join(folder, "tests", "rules", "none.json"),
    JSON.stringify({ cases: [{ as: "guest", deny: ["list users"] }] }),
  );
  const played = await runBak(["rules", "test"], { cwd: folder });
  assert.equal(played.code, 0, played.stderr);
  const other = startBak(["start", "--json"], { cwd: folder, env: { BAKEND_DATABASE: "./other.db" } });
  started.push(other);
  await other.until(/"message":"storage belongs to another database/);
  assert.deepEqual(kept(), [id]);
  other.child.kill("SIGTERM");
  await other.ended;
});
