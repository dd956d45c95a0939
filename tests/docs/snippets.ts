import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { startBak } from "../cli/bak.ts";

const ROOT = join(import.meta.dirname, "../..");

/** A text of the project, by its path from the root. */
export const readDoc = (path: string): string => readFileSync(join(ROOT, path), "utf8");

/** A block of shell commands that stands after `<!-- run: WORDS -->`: its output must hold the words. */
export interface Snippet {
  readonly words: string;
  readonly script: string;
}

/** The blocks of a text that are to be run, in order. */
export function snippetsOf(markdown: string): readonly Snippet[] {
  const blocks = markdown.matchAll(/<!-- run: (.+?) -->\n```sh\n([\s\S]*?)```/g);
  return Array.from(blocks, ([, words = "", script = ""]) => ({ words, script }));
}

/** Shell blocks that nobody runs: there must be none. */
export function unmarkedBlocks(markdown: string): readonly string[] {
  return Array.from(markdown.matchAll(/(?<!-->\n)```sh\n([\s\S]*?)```/g), ([, script = ""]) => script);
}

/** Writes the files that a text holds after `<!-- file: PATH -->`. */
export function writeFiles(markdown: string, folder: string): void {
  for (const [, path = "", text = ""] of markdown.matchAll(/<!-- file: (\S+) -->\n```(?:json|ts)\n([\s\S]*?)```/g)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Runs a block with the server's address in the place of the documented one. Resolves to its output; rejects if it fails. */
export function runSnippet({ script }: Snippet, url: string): Promise<string> {
  const child = spawn("sh", ["-euc", script.replaceAll("http://127.0.0.1:8080", url)]);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`exit code ${code}\n${script}\n${output.slice(0, 2000)}`));
    });
  });
}

/** A server that was started for a test. */
export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves a project on a free port. */
export async function serveProject(config: string, env: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const running = startBak(["start", "--config", config, "--port", "0", "--json"], { cwd: dirname(config), env });
  const [, url = ""] = await running.until(/"event":"ready","url":"([^"]+)"/);
  return {
    url,
    async stop() {
      running.child.kill("SIGTERM");
      await running.ended;
    },
  };
}

/** Registers a test for every snippet of a document, and one that no shell block has been left out. */
export function testSnippets(doc: string, url: () => string, options: { readonly timeout: number }): void {
  test("marks every shell block to be run", () => assert.deepEqual(unmarkedBlocks(doc), []));
  for (const [index, snippet] of snippetsOf(doc).entries()) {
    test(`example ${index + 1} shows ${snippet.words}`, options, async () => {
      const output = await runSnippet(snippet, url());
      assert.ok(output.includes(snippet.words), output.slice(0, 2000));
    });
  }
}
