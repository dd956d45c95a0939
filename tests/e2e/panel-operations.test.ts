import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Page } from "playwright-core";
import type { WatchedPage } from "./browser.ts";
import { assertClean, EMAIL, openProject, PASSWORD, type PanelProject } from "./panel.ts";

/** Milliseconds for one test. */
const LIMIT = { timeout: 90_000 };
/** A port that nothing listens at. */
const CLOSED = "127.0.0.1:9";

const FILES: Readonly<Record<string, string>> = {
  "jobs/hello.ts": `export const schedule = "0 3 * * 1-5";
export default async ({ payload, log }) => { log.info("good morning", payload.who); };`,
  "functions/posts.ts": `import { onCreate } from "bakend";
onCreate("posts", () => { throw new Error("the other side does not answer"); });`,
  "collections/posts.json": JSON.stringify({
    name: "posts",
    fields: [{ name: "title", type: "text" }],
    permissions: { read: "public", create: "public", update: "public" },
  }),
};

describe("the panel's pages about what the server does", () => {
  let project: PanelProject;
  let watched: WatchedPage;
  let page: Page;
  let origin = "";

  const send = async (method: string, path: string, body: object): Promise<Record<string, unknown>> => {
    const answer = await project.ask(method, path, body, "guest");
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status}`);
    return answer.body;
  };
  const go = (path: string) => page.goto(`${origin}/_${path}`);
  const button = (name: string | RegExp) => page.getByRole("button", { name });

  test("an admin signs in", LIMIT, async () => {
    project = await openProject({ files: FILES, env: { BAKEND_WEBHOOKS_HOSTS: CLOSED } });
    origin = project.origin;
    await send("POST", "/api/auth/register", { email: "ann@example.com", password: PASSWORD });
    const { id } = await send("POST", "/api/posts", { title: "Hello" });
    await send("PATCH", `/api/posts/${String(id)}`, { title: "Hello again" });
    watched = await project.signIn("/");
    page = watched.page;
  });

  test("a job tells when it runs, runs when it is told to, and shows what it logged", LIMIT, async () => {
    await go("/jobs");
    await page.getByText("Monday to Friday at 03:00").waitFor();
    await page.getByRole("link", { name: "hello" }).click();
    await page.getByText("It has not run yet.").waitFor();
    await button("Run now").click();
    const dialog = page.getByRole("dialog", { name: "Run hello" });
    await dialog.getByLabel("Payload").fill("{ who: }");
    await dialog.getByRole("button", { name: "Run now" }).click();
    await dialog.getByRole("alert").waitFor();
    await dialog.getByLabel("Payload").fill('{ "who": "Ann" }');
    await dialog.getByRole("button", { name: "Run now" }).click();
    await page.getByRole("cell", { name: "done" }).waitFor();
    await button(/^Log of run/).click();
    await page.getByText("good morning Ann").waitFor();
    await button("Pause").click();
    await button("Resume").waitFor();
    await go("/jobs?tab=queue");
    await button("Open hello, done").click();
    await page.getByRole("region", { name: "Payload" }).getByText('"who": "Ann"').waitFor();
    await go("/jobs/hello");
    await button("Run now").click();
    await dialog.getByLabel("Not before").fill("2099-01-01T03:00");
    await dialog.getByRole("button", { name: "Run then" }).click();
    await dialog.waitFor({ state: "detached" });
    await go("/jobs?tab=queue");
    await button("Open hello, queued").click();
    await page.getByText("2099-01-01 03:00").waitFor();
  });

  test("an event tells what changed, who did it, and comes by itself while the switch is on", LIMIT, async () => {
    await go("/events?type=posts.updated");
    await button(/^Open posts\.updated/).click();
    const change = page.getByRole("table", { name: "What changed" }).getByRole("row", { name: "title" });
    await change.getByRole("cell", { name: "Hello", exact: true }).waitFor();
    await change.getByRole("cell", { name: "Hello again" }).waitFor();
    assert.equal(await page.getByRole("table", { name: "What changed" }).getByRole("row").count(), 2);
    await button("Close").click();
    await page.getByLabel("Type").fill("posts.*");
    await button(/^Open posts\.created/).waitFor();
    await page.getByRole("switch", { name: "Live" }).check();
    await send("POST", "/api/posts", { title: "Seen at once" });
    await page.getByRole("row", { name: "Seen at once" }).waitFor();
    assert.ok((await page.getByRole("row").count()) >= 4, "what was there before stays");
  });

  test("a delivery that fails stands among those that wait", LIMIT, async () => {
    await go("/events?tab=deliveries");
    await page.getByText("Nothing was given up.").waitFor();
    await page.getByLabel("Waiting for another try").check();
    const row = page.getByRole("row", { name: "the other side does not answer" }).first();
    await row.getByRole("button", { name: /^Open posts\.created/ }).click();
    await page.getByRole("region", { name: "Payload" }).getByText('"title"').waitFor();
  });

  test("a webhook tells its secret once, and what came of each attempt", LIMIT, async () => {
    await go("/webhooks");
    await page.getByText("There are no webhooks yet.").waitFor();
    await button("New webhook").click();
    await page.getByLabel("Address").fill("ftp://example.com/hook");
    await button("posts.*").click();
    await button("Make webhook").click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Address").fill(`http://${CLOSED}/hook`);
    await button("Make webhook").click();
    const secret = page.getByRole("textbox", { name: "Secret" });
    assert.match(await secret.inputValue(), /^whsec_/);
    await button("I have kept it").click();
    assert.equal(await secret.count(), 0);
    await send("POST", "/api/posts", { title: "Told elsewhere" });
    await button(/^Attempts of/).click();
    await page.getByText("cannot be reached").first().waitFor();
    await button("Close").click();
    await button(/^Disable/).click();
    await page.getByText("disabled").waitFor();
    await button(/^Delete/).click();
    await button("Delete it").click();
    await page.getByText("There are no webhooks yet.").waitFor();
  });

  test("an account becomes an admin; the last one stays one, in the server's words", LIMIT, async () => {
    await go("/accounts");
    const role = async (email: string, wanted: string): Promise<void> => {
      await button(`Open ${email}`).click();
      const drawer = page.getByRole("dialog", { name: email });
      await drawer.getByLabel("Role").selectOption(wanted);
      await drawer.getByRole("button", { name: "Save" }).click();
    };
    const isListed = (email: string, as: string) => page.getByRole("row", { name: new RegExp(`${email} ${as} `) });
    await role("ann@example.com", "admin");
    await isListed("ann@example.com", "admin").waitFor();
    await button("Close").click();
    await role("ann@example.com", "user");
    await isListed("ann@example.com", "user").waitFor();
    await button("Close").click();
    await role("root@example.com", "user");
    await page.getByRole("alert").getByText("This is the last admin").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assert.ok(await button("Open root@example.com").evaluate((one) => one === document.activeElement));
    await page.getByLabel("Address").fill("ann@");
    await isListed("root@example.com", "admin").waitFor({ state: "detached" });
    await button("Open ann@example.com").click();
    await button("Delete account").click();
    await button("Delete it").click();
    await page.getByText("There is no account of the kind.").waitFor();
  });

  test("somebody is invited, and a key is shown once", LIMIT, async () => {
    await go("/accounts?tab=invitations");
    await page.getByText("Nobody is invited").waitFor();
    await page.getByLabel("Address").fill("new@example.com");
    await button("Invite").click();
    await button("Revoke the invitation of new@example.com").click();
    await page.getByText("Nobody is invited").waitFor();
    await page.getByRole("link", { name: "API keys" }).click();
    await button("New key").click();
    await page.getByLabel("Name").fill("backup");
    await page.getByLabel("Scopes", { exact: true }).fill("posts:read");
    await button("Make key").click();
    assert.match(await page.getByRole("textbox", { name: "Key" }).inputValue(), /^bak_/);
    await button("I have kept it").click();
    await button("Revoke backup").click();
    await button("Revoke it").click();
    await page.getByText("There are no API keys.").waitFor();
    await button("New key").click();
    await page.getByLabel("Name").fill("importer");
    await page.getByLabel("Acts as").fill("robot");
    await page.getByLabel("Scopes", { exact: true }).fill("posts");
    await button("Make key").click();
    await button("I have kept it").click();
    await page.getByRole("row", { name: /^importer robot / }).waitFor();
    await button("Revoke importer").click();
    await button("Revoke it").click();
    await page.getByText("There are no API keys.").waitFor();
  });

  test("files are looked at and deleted; settings tell where they come from, and no secret", LIMIT, async () => {
    const form = new FormData();
    form.append("file", new Blob(["hello, file"], { type: "text/plain" }), "hello.txt");
    const { token } = await send("POST", "/api/auth/login", { email: EMAIL, password: PASSWORD });
    await go("/files");
    await page.getByText("There are no files yet.").waitFor();
    const headers = { authorization: `Bearer ${String(token)}` };
    const sent = await fetch(`${origin}/api/storage/upload`, { method: "POST", headers, body: form });
    assert.equal(sent.status, 201);
    await page.getByText("1 file, 11 bytes").waitFor();
    await button("Open hello.txt").click();
    assert.match(String(await page.getByRole("link", { name: "Download" }).getAttribute("href")), /\?download=1$/);
    await button("Delete").click();
    await button("Delete it").click();
    await page.getByText("There are no files yet.").waitFor();
    await go("/settings");
    await page.getByPlaceholder("Search").fill("webhooks");
    await page.getByRole("row", { name: `BAKEND_WEBHOOKS_HOSTS ["${CLOSED}"] environment` }).waitFor();
    assert.equal(await page.getByRole("row", { name: "BAKEND_SECRET" }).count(), 0);
    await page.getByPlaceholder("Search").fill("secret");
    await page.getByRole("row", { name: "secret, never shown file" }).waitFor();
  });

  test("nothing else went wrong on any page", LIMIT, async () => {
    await project.close();
    assertClean(watched);
  });
});
