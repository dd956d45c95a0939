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

const LONG = `<!doctype html><title>panel</title>${"<p>long</p>".repeat(1000)}`;

for (const compression of [true, false]) {
  test(
    `it is sent small to whoever takes it so, ${compression ? "if" : "and never if not"} the configuration allows it`,
    inWorld({ panel: LONG, compression }, async (world) => {
      for (const accept of ["gzip", "br", "gzip"]) {
        const request = new Request("http://localhost/_/", { headers: { "accept-encoding": accept } });
        const { headers, ...answer } = await whole(await world.app.app.fetch(request));
        assert.equal(headers.get("content-encoding"), compression && accept === "gzip" ? "gzip" : null);
        assert.equal(answer.text, LONG);
      }
    }),
  );
}

/** An answer with its body as it was before it was compressed. */
async function whole(answer: Response): Promise<{ readonly headers: Headers; readonly text: string }> {
  const { headers, body } = answer;
  const zipped = headers.get("content-encoding") === "gzip";
  const plain = zipped && body ? body.pipeThrough(new DecompressionStream("gzip")) : body;
  return { headers, text: await new Response(plain).text() };
}

test(
  "where there is no panel, nothing is there",
  inWorld({}, async (world) => {
    assertProblem(await world.call("GET", "/_/"), 404, "not_found");
  }),
);
