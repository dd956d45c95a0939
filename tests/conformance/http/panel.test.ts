import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { inWorld } from "../../support/accounts.ts";
import { assertProblem } from "../../support/app.ts";

const SCRIPT = "\n  document.title = 'ours';\n";
const HTML = `<!doctype html><title>panel</title><script>${SCRIPT}</script>`;

test(
  "one document is the panel at every address below /_/, and only its own scripts may run in it",
  inWorld({ panel: HTML }, async (world) => {
    for (const path of ["/_", "/_/", "/_/collections/posts", "/_/anything?to=1"]) {
      const answer = await world.call("GET", path);
      assert.equal(answer.status, 200, path);
      assert.equal(answer.text, HTML);
      assert.match(answer.headers.get("content-type") ?? "", /^text\/html/);
    }
    const { headers } = await world.call("GET", "/_/");
    const policy = headers.get("content-security-policy") ?? "";
    const hash = createHash("sha256").update(SCRIPT).digest("base64");
    assert.ok(policy.includes(`script-src 'sha256-${hash}';`), policy);
    assert.match(policy, /default-src 'none'.*frame-ancestors 'none'/);
    const etag = headers.get("etag") ?? "";
    assert.equal((await world.call("GET", "/_/", { headers: { "if-none-match": etag } })).status, 304);
    assert.equal((await world.call("GET", "/_/", { headers: { "if-none-match": '"other"' } })).status, 200);
    assert.equal((await world.call("POST", "/_/")).status, 405);
  }),
);

test(
  "where there is no panel, nothing is there",
  inWorld({}, async (world) => {
    assertProblem(await world.call("GET", "/_/"), 404, "not_found");
  }),
);
