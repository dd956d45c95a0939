import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assertClean, EMAIL, fillSignIn, openProject, PASSWORD } from "./panel.ts";

const WORKS = `import { onRequest } from "bakend";
onRequest("GET", "/say", ({ log }) => { log.info("hello from say"); return new Response("said"); });
`;
const BROKEN = `import { onRequest } from "bakend";
onRequest("GET", "/say", ( => new Response("never"));
`;

test("the printed link leads into the panel, which shows functions as they are saved, called and broken", {
  timeout: 300_000,
}, async () => {
  const project = await openProject({ command: "dev", admin: false });
  const { cwd, origin: base } = project;
  try {
    const [, link = ""] = await project.server.until(/first admin {2}(\S+)/);
    const watched = await project.open(link);
    const { page } = watched;
    const waitFor = (text: string): Promise<void> => page.getByText(text).first().waitFor();

    // 1. from the link that is printed to the panel, signed in
    await page.getByLabel("E-mail").fill(EMAIL);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button").click();
    await page.waitForURL(`${base}/_/`);
    const nav = page.getByRole("navigation", { name: "Panel" });
    await nav.getByRole("link", { name: "posts" }).waitFor();
    await waitFor("live");

    // 2. a file that is saved is a function that stands there; what it says is read
    await nav.getByRole("link", { name: "Functions" }).click();
    await page.getByRole("heading", { name: "Functions" }).waitFor();
    writeFileSync(join(cwd, "functions/say.ts"), WORKS);
    await waitFor("GET /say");
    assert.equal(await (await fetch(`${base}/api/functions/say`)).text(), "said");
    await waitFor("hello from say");
    const row = page.getByRole("row").filter({ hasText: "GET /say" });
    await row.getByRole("cell", { name: "1", exact: true }).waitFor();

    // 3. one that cannot be loaded takes nothing over, and the panel says so wherever one is
    await nav.getByRole("link", { name: "Logs" }).click();
    writeFileSync(join(cwd, "functions/say.ts"), BROKEN);
    await page.getByRole("alert").getByText("say.ts:2").waitFor();
    assert.equal(await (await fetch(`${base}/api/functions/say`)).text(), "said");
    await waitFor("functions cannot be loaded");
    writeFileSync(join(cwd, "functions/say.ts"), WORKS);
    await page.getByRole("alert").waitFor({ state: "detached" });

    // 4. access tokens end after a quarter of an hour, sessions do not: nobody notices
    await page.context().clearCookies({ name: "bak-session" });
    await nav.getByRole("link", { name: "Functions" }).click();
    await waitFor("GET /say");
    await waitFor("hello from say");
    await page.context().clearCookies({ name: "bak-session" });
    await page.reload();
    await row.waitFor();
    await fetch(`${base}/api/functions/say`);
    await row.getByRole("cell", { name: "1", exact: true }).waitFor();
    await nav.getByRole("link", { name: "Logs" }).click();

    // 5. whoever signs out sees nothing more, and comes back to where they were
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("E-mail").fill("root@example.com");
    await page.getByLabel("Password").fill("a wrong one, that is long");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page
      .getByRole("alert")
      .getByText(/password/i)
      .waitFor();
    await page.getByLabel("Password").fill("correct horse battery");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Logs" }).waitFor();
    assertClean(watched);
  } finally {
    await project.close();
  }
});

test("somebody who is no admin is not let into the panel", { timeout: 300_000 }, async () => {
  const project = await openProject();
  try {
    const made = await project.ask(
      "POST",
      "/api/auth/register",
      { email: "ann@example.com", password: PASSWORD },
      "guest",
    );
    assert.equal(made.status, 201);
    const { page } = await project.open(`${project.origin}/_/`);
    await fillSignIn(page, "ann@example.com", PASSWORD);
    await page.getByText("This account is not an admin.").waitFor();
    await page.goto(`${project.origin}/_/logs`);
    await page.getByRole("button", { name: "Sign in" }).waitFor();
  } finally {
    await project.close();
  }
});
