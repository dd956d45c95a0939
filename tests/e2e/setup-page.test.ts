import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runBak, startBak } from "../cli/bak.ts";
import { openBrowser, openPage } from "./browser.ts";

test("the printed link makes the first admin, once", { timeout: 300_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "bakend-setup-"));
  await runBak(["init", "app"], { cwd: folder });
  const cwd = join(folder, "app");
  const server = startBak(["start", "--port", "0"], { cwd });
  const browser = await openBrowser();
  try {
    const [, link = ""] = await server.until(/first admin {2}(\S+)/);
    const { page, errors, close } = await openPage(browser, link, {});
    await page.getByLabel("E-mail").fill("root@example.com");
    await page.getByLabel("Password").fill("correct horse battery");
    await page.getByRole("button").click();
    await page.waitForURL(`${new URL(link).origin}/_/`);
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    await page.goBack();
    assert.ok(!page.url().includes("#"), "the secret is out of the address bar");
    await close();
    const again = await openPage(browser, link, {});
    await again.page.getByLabel("E-mail").fill("eve@example.com");
    await again.page.getByLabel("Password").fill("correct horse battery");
    await again.page.getByRole("button").click();
    await again.page.getByText("there is an admin already").waitFor();
    await again.close();
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
    server.child.kill("SIGTERM");
    await server.ended;
  }
  assert.match((await runBak(["admin", "list"], { cwd })).stdout, /^root@example\.com /);
  const next = startBak(["start", "--port", "0"], { cwd });
  await next.until(/Ctrl-C/);
  assert.doesNotMatch(next.stdout(), /first admin/);
  next.child.kill("SIGTERM");
  await next.ended;
  rmSync(folder, { recursive: true, force: true });
});
