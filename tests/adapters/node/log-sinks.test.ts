import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { consoleSink } from "../../../src/adapters/node/console.ts";
import { logFile } from "../../../src/adapters/node/log-file.ts";
import type { LogEntry } from "../../../src/core/logging/index.ts";

const entry = (message: string): LogEntry => ({ time: 0, level: "info", message, fields: {} });

describe("a log file", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "bakend-log-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const messages = async (path: string) =>
    (await readFile(path, "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).message);

  test("is made with its folder, and appended to", async () => {
    const path = join(folder, "a/b/log");
    const sink = logFile({ path, maxSize: 1e6, keep: 1 });
    await sink.write([entry("1"), entry("2")]);
    await sink.write([entry("3")]);
    assert.deepEqual(await messages(path), ["1", "2", "3"]);
  });

  test("rotates by size and keeps so many", async () => {
    const path = join(folder, "rotate/log");
    const lineLength = 69;
    const sink = logFile({ path, maxSize: 2 * lineLength, keep: 2 });
    for (let i = 10; i < 20; i += 1) await sink.write([entry(String(i))]);
    assert.deepEqual((await readdir(join(folder, "rotate"))).sort(), ["log", "log.1", "log.2"]);
    assert.deepEqual(await messages(path), ["18", "19"]);
    assert.deepEqual(await messages(`${path}.1`), ["16", "17"]);
    assert.deepEqual(await messages(`${path}.2`), ["14", "15"]);
  });

  test("rotates within one batch, and a line longer than a file gets its own", async () => {
    const path = join(folder, "batch/log");
    const sink = logFile({ path, maxSize: 100, keep: 9 });
    await sink.write([entry("a"), entry("b".repeat(200)), entry("c")]);
    assert.deepEqual(await messages(path), ["c"]);
    assert.deepEqual(await messages(`${path}.1`), ["b".repeat(200)]);
    assert.deepEqual(await messages(`${path}.2`), ["a"]);
  });

  test("keeps nothing if told so", async () => {
    const path = join(folder, "none/log");
    const sink = logFile({ path, maxSize: 100, keep: 0 });
    await sink.write([entry("a"), entry("b")]);
    await sink.write([entry("c")]);
    assert.deepEqual(await readdir(join(folder, "none")), ["log"]);
    assert.deepEqual(await messages(path), ["c"]);
  });

  test("survives its folder vanishing", async () => {
    const path = join(folder, "gone/log");
    const sink = logFile({ path, maxSize: 1e6, keep: 1 });
    await sink.write([entry("1")]);
    await rm(join(folder, "gone"), { recursive: true });
    await sink.write([entry("2")]);
    assert.deepEqual(await messages(path), ["2"]);
  });
});

describe("the console", () => {
  const json = '{"time":"1970-01-01T00:00:00.000Z","level":"info","message":"hi"}\n';
  const human = "00:00:00.000 INFO  hi\n";
  const coloured = "\u001b[90m00:00:00.000\u001b[0m \u001b[36mINFO \u001b[0m hi\n";
  const cases: [
    name: string,
    format: "auto" | "human" | "json",
    isTTY: boolean,
    env: Record<string, string>,
    text: string,
  ][] = [
    ["auto on a terminal is for people, in colour", "auto", true, {}, coloured],
    ["auto elsewhere is JSON", "auto", false, {}, json],
    ["human elsewhere has no colour", "human", false, {}, human],
    ["json on a terminal is JSON", "json", true, {}, json],
    ["NO_COLOR switches colours off", "auto", true, { NO_COLOR: "1" }, human],
    ["an empty NO_COLOR does not", "auto", true, { NO_COLOR: "" }, coloured],
  ];
  for (const [name, format, isTTY, env, text] of cases) {
    test(name, async () => {
      let written = "";
      const write = (part: string, done?: () => void) => {
        written += part;
        done?.();
        return true;
      };
      await consoleSink({ stream: { isTTY, write }, format, env }).write([entry("hi")]);
      assert.equal(written, text);
    });
  }
});
