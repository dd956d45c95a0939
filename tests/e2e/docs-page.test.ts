import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { type Running, startBak } from "../cli/bak.ts";
import { openBrowser, openPage } from "./browser.ts";
import { INJECTED, writeWorld } from "./world.ts";

/** Pictures are kept in this folder, if it is named. */
const PICTURES = process.env.SCREENSHOTS;
const MINUTE = { timeout: 60_000 };
/** The browser may have to be installed first. */
const MINUTES = { timeout: 300_000 };
const DESKTOP: BrowserContextOptions = { viewport: { width: 1400, height: 900 }, colorScheme: "light" };

let folder = "";
let server: Running;
let browser: Browser;
let url = "";

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "bakend-e2e-"));
  const config = writeWorld(folder);
  server = startBak(["start", "--config", config, "--json"], { cwd: folder });
  const [line] = await server.until(/^\{.*"event":"ready".*\}$/m);
  url = JSON.parse(line).url;
  browser = await openBrowser();
}, MINUTES);

after(async () => {
  await browser.close();
  server.child.kill("SIGTERM");
  await server.ended;
  rmSync(folder, { recursive: true, force: true });
}, MINUTE);

/** Opens the page, and holds it to what is true of every visit: no error, no other host. */
async function visit(hash: string, options: BrowserContextOptions, use: (page: Page) => Promise<void>): Promise<void> {
  const { page, errors, requests, close } = await openPage(browser, `${url}/api/docs${hash}`, options);
  try {
    await page.locator("#operations:not([aria-busy])").waitFor();
    await use(page);
    assert.deepEqual(errors, []);
    assert.deepEqual(
      requests.filter((one) => !one.startsWith(url) && !one.startsWith("data:")),
      [],
    );
    assert.equal(await page.evaluate("globalThis.injected"), undefined);
  } finally {
    await close();
  }
}

/** Opens an operation and returns it. */
async function open(page: Page, id: string): Promise<Locator> {
  const operation = page.locator(`[id="${id}"]`);
  await operation.locator("summary").first().click();
  await operation.locator("form").waitFor();
  return operation;
}

async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: false });
}

const textOf = async (locator: Locator): Promise<string> => (await locator.textContent()) ?? "";
const visible = (page: Page) => page.locator("details.operation:visible").count();

describe("the API page in a browser", () => {
  test("lists every operation of the description", MINUTE, async () => {
    await visit("", DESKTOP, async (page) => {
      const { paths } = (await (await fetch(`${url}/api/openapi.json`)).json()) as { paths: Record<string, object> };
      const described = Object.values(paths).flatMap((item) => Object.keys(item).filter((key) => key !== "parameters"));
      assert.equal(await visible(page), described.length);
      assert.equal(await page.title(), "Bakend API reference");
      await picture(page, "overview");
    });
  });

  test("search narrows, by any word", MINUTE, async () => {
    await visit("", DESKTOP, async (page) => {
      await page.keyboard.press("/");
      await page.keyboard.type("cities delete");
      assert.equal(await visible(page), 1);
      assert.ok(await page.locator("#delete_cities").isVisible());
      await page.locator("#search").fill("nothing of the kind");
      assert.equal(await visible(page), 0);
      await page.getByRole("button", { name: "Show all" }).click();
      assert.ok((await visible(page)) > 10);
    });
  });

  test("sends a list and a create, and the record is there", MINUTE, async () => {
    await visit("", DESKTOP, async (page) => {
      const create = await open(page, "create_countries");
      const body = { name: "Austria", code: "AT", region: "Europe", population: 9_178_482 };
      await create.locator("textarea").fill(JSON.stringify(body));
      assert.match(await textOf(create.locator(".curl")), /-X POST .*\n.*-d '\{"name":"Austria"/s);
      await create.getByRole("button", { name: "Send" }).click();
      await create.locator(".verdict .status", { hasText: "201" }).waitFor();
      assert.match(await textOf(create.locator(".answer > pre")), /"name": "Austria"/);
      await picture(page, "create");

      const list = await open(page, "list_countries");
      await page.locator('[id="list_countries.filter"]').fill("code = 'AT'");
      await page.locator('[id="list_countries.count"]').selectOption("true");
      await list.getByRole("button", { name: "Send" }).click();
      await list.locator(".verdict .status", { hasText: "200 OK" }).waitFor();
      const answer = JSON.parse(await textOf(list.locator(".answer > pre")));
      assert.equal(answer.total, 1);
      assert.equal(answer.items[0].name, "Austria");
      const command = await textOf(list.locator(".curl"));
      assert.match(command, /^curl '.*\/api\/countries\?filter=code%20%3D%20'\\''AT'\\''&count=true'$|%27AT%27/);

      const view = await open(page, "view_countries");
      assert.equal(
        await page.locator('[id="view_countries.id"]').inputValue(),
        answer.items[0].id,
        "offers the id in hand",
      );
      await view.getByRole("button", { name: "Send" }).click();
      await view.locator(".verdict .status", { hasText: "200" }).waitFor();
    });
  });

  test("sends a file, and shows what is known of it", MINUTE, async () => {
    await visit("", DESKTOP, async (page) => {
      const upload = await open(page, "uploadFile");
      const file = { name: "hello.txt", mimeType: "text/plain", buffer: Buffer.from("hello") };
      await page.locator('[id="uploadFile.file"]').setInputFiles(file);
      await page.locator('[id="uploadFile.visibility"]').selectOption("public");
      assert.match(await textOf(upload.locator(".curl")), /-F 'file=@hello.txt' .*\n.*-F 'visibility=public'/s);
      await upload.getByRole("button", { name: "Send" }).click();
      await upload.locator(".verdict .status", { hasText: "201" }).waitFor();
      assert.match(await textOf(upload.locator(".answer > pre")), /"size": 5,[^}]*"visibility": "public"/);
      const get = await open(page, "getFile");
      await get.getByRole("button", { name: "Send" }).click();
      await get.locator(".verdict .status", { hasText: "200 OK" }).waitFor();
      assert.equal(await textOf(get.locator(".answer > pre")), "hello");
    });
  });

  test("examples are bodies that the server accepts", MINUTE, async () => {
    await visit("", DESKTOP, async (page) => {
      for (const [id, expected] of [
        ["create_countries", "201"],
        ["create_cities", "201"],
        ["create_notes", "201"],
        ["batch", "200"],
      ] as const) {
        const operation = await open(page, id);
        await operation.getByRole("button", { name: "Send" }).click();
        const status = operation.locator(".verdict .status");
        await status.waitFor();
        assert.equal((await textOf(status)).slice(0, 3), expected, id);
      }
    });
  });

  test("a token goes along, and never into the curl line", MINUTE, async () => {
    const { page, close } = await openPage(browser, `${url}/api/docs#list_cities`, DESKTOP);
    try {
      const list = page.locator("#list_cities");
      await list.locator("form").waitFor();
      await page.getByLabel("Bearer token").fill("not-a-good-one");
      assert.match(await textOf(list.locator(".curl")), /authorization: Bearer \$TOKEN/);
      await list.getByRole("button", { name: "Send" }).click();
      await list.locator(".verdict .status", { hasText: "401" }).waitFor();
      assert.deepEqual(await page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]"), [
        0,
        0,
        "",
      ]);
    } finally {
      await close();
    }
  });

  test("text of a description is text", MINUTE, async () => {
    await visit("#create_notes", DESKTOP, async (page) => {
      await page.locator("#create_notes form").waitFor();
      assert.equal(await page.locator(".group .about", { hasText: INJECTED }).count(), 1);
      assert.ok((await page.locator("#create_notes .note", { hasText: INJECTED }).count()) > 0);
      assert.equal(await page.locator("main img").count(), 0);
    });
  });

  test("an address leads to its operation, and opening one changes the address", MINUTE, async () => {
    await visit("#update_cities", DESKTOP, async (page) => {
      await page.locator("#update_cities[open]").waitFor();
      await open(page, "delete_cities");
      await page.waitForURL((address) => address.hash === "#delete_cities");
      await page.locator("#contents a", { hasText: "/batch" }).click();
      await page.locator("#batch[open]").waitFor();
    });
  });

  test("the keyboard is enough", MINUTE, async () => {
    await visit("", DESKTOP, async (page) => {
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.locator("#health > summary").focus();
      await page.keyboard.press("Enter");
      await page.locator("#health form").waitFor();
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.locator("#health .verdict .status", { hasText: "200" }).waitFor();
    });
  });

  for (const [name, options] of [
    ["dark", { viewport: { width: 1400, height: 900 }, colorScheme: "dark" }],
    ["narrow", { viewport: { width: 360, height: 740 }, colorScheme: "light" }],
    ["narrow-dark", { viewport: { width: 360, height: 740 }, colorScheme: "dark" }],
  ] as const) {
    test(`nothing is cut off: ${name}`, MINUTE, async () => {
      await visit("#create_cities", options, async (page) => {
        const create = page.locator("#create_cities");
        await create.locator("form").waitFor();
        await picture(page, name);
        await create.locator(".answer-kind summary").first().click();
        await picture(page, `${name}-reference`);
        await create.getByRole("button", { name: "Send" }).click();
        await create.locator(".verdict").waitFor();
        await create.locator(".answer").scrollIntoViewIfNeeded();
        await picture(page, `${name}-answer`);
        assert.equal(await page.evaluate("document.documentElement.scrollWidth > innerWidth"), false);
        const background = await page.evaluate("getComputedStyle(document.body).backgroundColor");
        assert.equal(background === "rgb(246, 247, 249)", options.colorScheme === "light");
      });
    });
  }
});
