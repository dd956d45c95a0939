import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runBak } from "../cli/bak.ts";
import { readDoc, serveProject, type TestServer, testSnippets, writeFiles } from "./snippets.ts";

/** Programs are started: a loaded machine takes its time. */
const LONG = { timeout: 60_000 };

const doc = readDoc("docs/queries.md");

describe("docs/queries.md", () => {
  let folder = "";
  let server: TestServer | undefined;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "bakend-queries-"));
    writeFileSync(join(folder, "bakend.json"), "{}");
    writeFiles(doc, folder);
    for (const args of [
      ["authors", "authors.ndjson"],
      ["books", "books.ndjson", "--key", "author=name"],
    ]) {
      const { code, stderr } = await runBak(["import", ...args], { cwd: folder });
      assert.equal(code, 0, stderr);
    }
    server = await serveProject(join(folder, "bakend.json"));
  }, LONG);

  after(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  testSnippets(doc, () => server?.url ?? "", LONG);

  test("each expression of the table is one", LONG, async () => {
    const [, table = ""] = doc.split("| expression | holds for |");
    const expressions = Array.from(table.split("\n\n")[0]?.matchAll(/^\| (.+) \| [^|]+ \|$/gm) ?? [], ([, cell = ""]) =>
      Array.from(cell.replaceAll("\\|", "|").matchAll(/`([^`]+)`/g), ([, text = ""]) => text),
    ).flat();
    assert.ok(expressions.length >= 14, `${expressions.length}`);
    for (const filter of expressions) {
      const collection = filter.startsWith("books_via_author") || filter.startsWith("distance") ? "authors" : "books";
      const answer = await fetch(`${server?.url}/api/${collection}?${new URLSearchParams({ filter })}`);
      assert.equal(answer.status, 200, `${filter}: ${await answer.text()}`);
    }
  });
});
