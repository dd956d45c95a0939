import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runBak, startBak } from "../cli/bak.ts";
import { openBrowser, openPage } from "./browser.ts";

const SCRIPT = `
  const send = async (method, url, body, more = {}) => {
    const headers = { ...(body ? { "content-type": "application/json" } : {}), ...more };
    const answer = await fetch(url, { method, headers, credentials: "include", ...(body ? { body: JSON.stringify(body) } : {}) });
    return { status: answer.status, text: await answer.text() };
  };`;

test("a browser keeps a session that no script and no other site gets hold of", { timeout: 300_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "bakend-cookies-"));
  await runBak(["init", "app"], { cwd: folder });
  const server = startBak(["start", "--port", "0"], { cwd: join(folder, "app") });
  const browser = await openBrowser();
  try {
    const [, port = ""] = await server.until(/127\.0\.0\.1:(\d+)/);
    const own = `http://localhost:${port}`;
    const { page, close } = await openPage(browser, `${own}/health`, {});
    const run = (code: string): Promise<unknown> => page.evaluate(`(async () => {${SCRIPT} ${code}})()`);
    const status = (method: string, path: string, body: object | null = null, more: object = {}, at = own) =>
      run(
        `return (await send("${method}", "${at}${path}", ${JSON.stringify(body)}, ${JSON.stringify(more)}).catch(() => ({ status: "none" }))).status;`,
      );

    const account = { email: "ann@example.com", password: "correct horse battery" };
    assert.equal(await status("POST", "/api/auth/register", account, { "x-session": "cookie" }), 201);
    assert.equal(await run("return document.cookie;"), "");
    await page.reload();
    assert.equal(await status("GET", "/api/auth/me"), 200);
    assert.equal(await status("POST", "/api/auth/keys", { name: "x", scopes: ["*"] }), 201);
    assert.equal(await status("POST", "/api/auth/refresh", {}), 200);
    assert.equal(await status("GET", "/api/auth/me"), 200);

    // to a browser this is another site, with the same server behind it
    await page.goto(`http://127.0.0.1:${port}/health`);
    assert.notEqual(await status("POST", "/api/auth/keys", { name: "x", scopes: ["*"] }, {}, own), 201);
    await run(`
      const form = document.body.appendChild(document.createElement("form"));
      form.method = "POST"; form.action = "${own}/api/auth/logout"; form.submit();`);
    await page.waitForURL(`${own}/api/auth/logout`);

    await page.goto(`${own}/health`);
    assert.equal(await status("GET", "/api/auth/me"), 200);
    assert.equal(await status("POST", "/api/auth/logout", {}), 204);
    assert.equal(await status("GET", "/api/auth/me"), 401);
    await close();
  } finally {
    await browser.close();
    server.child.kill("SIGTERM");
    await server.ended;
  }
  rmSync(folder, { recursive: true, force: true });
});
