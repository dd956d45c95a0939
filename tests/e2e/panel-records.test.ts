import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import type { WatchedPage } from "./browser.ts";
import { assertClean, openProject, type PanelProject } from "./panel.ts";

const COLLECTIONS = {
  topics: { name: "topics", fields: [{ name: "label", type: "text", required: true }] },
  notes: {
    name: "notes",
    fields: [
      { name: "title", type: "text", required: true, max: 20, searchable: true },
      { name: "status", type: "select", options: ["draft", "done"], default: "draft" },
      { name: "views", type: "integer", min: 0 },
      { name: "pinned", type: "boolean" },
      { name: "due", type: "datetime" },
      { name: "tags", type: "select", many: true, options: ["red", "blue"] },
      { name: "topic", type: "relation", collection: "topics" },
      { name: "paper", type: "file" },
      { name: "extra", type: "json" },
      { name: "place", type: "geo" },
      { name: "code", type: "text", immutable: true },
      { name: "secret", type: "text", hidden: true },
    ],
  },
  done: {
    name: "done",
    kind: "view",
    fields: [{ name: "title", type: "text" }],
    query: "SELECT id, title FROM notes WHERE status = 'done'",
  },
} as const;

type Data = { readonly id: string; readonly version: number; readonly [field: string]: unknown };

let project: PanelProject;
let watched: WatchedPage;
let page: Page;
let base: string;

after(() => project?.close());

async function api(method: string, path: string, body?: unknown): Promise<Data> {
  const answer = await project.ask(method, `/api${path}`, body);
  assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body ?? {};
}

const row = (text: string) => page.getByRole("row").filter({ hasText: text });
const drawer = () => page.getByRole("dialog", { name: /record of|Edit/ });
const input = (field: string) => drawer().getByLabel(field, { exact: true });
const total = (text: string) => page.getByText(text, { exact: true }).waitFor();

async function find(filter: string): Promise<void> {
  await page.getByRole("textbox", { name: "Filter" }).fill(filter);
  await page.getByRole("button", { name: "Find" }).click();
}

test("an admin signs in, and finds an empty collection", { timeout: 300_000 }, async () => {
  const files = Object.entries(COLLECTIONS).map(([name, definition]) => [
    `collections/${name}.json`,
    JSON.stringify(definition),
  ]);
  project = await openProject({ files: Object.fromEntries(files) });
  base = project.origin;
  for (const label of ["Sea", "War"]) await api("POST", "/topics", { label });
  watched = await project.signIn("/");
  page = watched.page;
  await page.getByRole("link", { name: "notes" }).first().click();
  await page.getByRole("heading", { name: "No records yet" }).waitFor();
});

test("a record is made by the form, and what is wrong stands beside its field", { timeout: 60_000 }, async () => {
  assert.match((await page.locator(".empty pre").textContent()) ?? "", /-d '\{"title":"some text"\}'/);
  await page.getByRole("button", { name: "Add the first record" }).click();
  await drawer().getByRole("button", { name: "Create" }).click();
  await drawer().getByText("is required").waitFor();
  assert.equal(await input("title").getAttribute("aria-invalid"), "true");

  await input("title").fill("First");
  await input("views").fill("-1");
  await input("extra").fill("{ no json");
  await drawer().getByRole("button", { name: "Create" }).click();
  await drawer()
    .getByText(/is no JSON/)
    .waitFor();
  await input("extra").fill('{ "pages": 3 }');
  await drawer().getByRole("button", { name: "Create" }).click();
  await drawer().getByText("must be at least 0").waitFor();

  await input("views").fill("7");
  await page
    .getByRole("group", { name: /pinned/ })
    .getByLabel("true")
    .check();
  await input("due").fill("2026-11-20T12:30");
  await drawer().getByLabel("blue").check();
  await drawer().getByLabel("Find topics").fill("wa");
  await page.getByRole("button", { name: /^War/ }).click();
  const file = { name: "paper.txt", mimeType: "text/plain", buffer: Buffer.from("hello") };
  await drawer().getByLabel("Choose a file").setInputFiles(file);
  await drawer().getByLabel("Latitude").fill("48.2");
  await drawer().getByLabel("Longitude").fill("16.4");
  await input("code").fill("A1");
  await input("secret").fill("psst");
  await drawer().getByRole("button", { name: "Create" }).click();

  await row("First").waitFor();
  await total("1 record");
  await row("First").getByRole("link", { name: "War" }).waitFor();
  await row("First").getByRole("link", { name: "paper.txt" }).waitFor();
  const [made] = (await api("GET", "/notes")).items as Data[];
  const { title, status, views, pinned, tags, extra, place, code } = made ?? assert.fail("there is no record");
  assert.deepEqual(
    { title, status, views, pinned, tags, extra, place, code },
    {
      title: "First",
      status: "draft",
      views: 7,
      pinned: true,
      tags: ["blue"],
      extra: { pages: 3 },
      place: { lat: 48.2, lng: 16.4 },
      code: "A1",
    },
  );
});

test("a record is changed, and what nobody touched is not sent", { timeout: 60_000 }, async () => {
  await row("First").getByRole("link", { name: /^…/ }).click();
  await page.waitForURL(/\?record=[0-9a-f-]{36}$/);
  assert.ok(await input("code").isDisabled());
  await input("title").fill("Changed");
  await input("views").fill("");
  const asked = page.waitForRequest((request) => request.method() === "PATCH");
  await drawer().getByRole("button", { name: "Save" }).click();
  const request = await asked;
  assert.deepEqual(request.postDataJSON(), { title: "Changed", views: null });
  assert.equal(request.headers()["if-match"], '"1"');
  await row("Changed").waitFor();
  await drawer().waitFor({ state: "detached" });
});

test("a drawer that is left by the keyboard, or by the way back, gives the focus back, and loses nothing unasked", {
  timeout: 60_000,
}, async () => {
  const link = row("Changed").getByRole("link", { name: /^…/ });
  await link.focus();
  await page.keyboard.press("Enter");
  await input("title").fill("Half a thought");
  const question = page.getByRole("dialog", { name: "Leave what was typed?" });
  for (let twice = 0; twice < 2; twice += 1) {
    await page.keyboard.press("Escape");
    await question.waitFor();
    await page.keyboard.press("Escape");
    await question.waitFor({ state: "detached" });
  }
  await page.goBack();
  await question.waitFor();
  await page.keyboard.press("Escape");
  await question.waitFor({ state: "detached" });
  assert.equal(await input("title").inputValue(), "Half a thought");
  await page.keyboard.press("Escape");
  await question.getByRole("button", { name: "Discard it" }).click();
  await drawer().waitFor({ state: "detached" });
  assert.ok(await link.evaluate((one) => one === document.activeElement));
});

test("who comes second is told so, and loses nothing", { timeout: 60_000 }, async () => {
  const { id } = ((await api("GET", "/notes")).items as Data[])[0] ?? assert.fail("there is no record");
  await page.goto(`${base}/_/collections/notes?record=${id}`);
  await input("title").fill("Mine");
  await api("PATCH", `/notes/${id}`, { views: 99 });
  await drawer().getByRole("button", { name: "Save" }).click();
  await drawer().getByText("Somebody else has changed").waitFor();
  await page.getByRole("button", { name: "Load theirs, keep what I typed" }).click();
  await drawer().getByText("version 3").waitFor();
  assert.equal(await input("title").inputValue(), "Mine");
  assert.equal(await input("views").inputValue(), "99");
  await drawer().getByRole("button", { name: "Save" }).click();
  await row("Mine").getByText("99", { exact: true }).waitFor();
  await page.getByRole("heading", { name: "notes" }).waitFor();
});

test("what others do is seen without a reload", { timeout: 60_000 }, async () => {
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));
  const { id } = await api("POST", "/notes", { title: "Elsewhere" });
  await row("Elsewhere").waitFor();
  await total("2 records");
  assert.match((await page.getByRole("row").nth(1).textContent()) ?? "", /Elsewhere/);
  await api("PATCH", `/notes/${id}`, { title: "Moved on" });
  await row("Moved on").waitFor();
  await api("DELETE", `/notes/${id}`);
  await row("Moved on").waitFor({ state: "detached" });
  await total("1 record");
  assert.ok(await page.evaluate(() => "sameDocument" in window));
});

test("a list is narrowed and sorted, and its address says how", { timeout: 60_000 }, async () => {
  const titles = Array.from({ length: 60 }, (_, at) => ({
    title: `Note ${at}`,
    views: at,
    status: at % 2 ? "done" : "draft",
  }));
  await api("POST", "/notes", titles);
  await find("views >");
  await page.getByRole("alert").getByText("Column 8").waitFor();
  await find("status = 'done' && views < 10");
  await total("5 records found");
  // one that comes to fit is there, and one that fits no longer is not
  const [first] = (await api("GET", "/notes?sort=views&limit=1")).items as Data[];
  await api("PATCH", `/notes/${first?.id}`, { status: "done" });
  await total("6 records found");
  await api("PATCH", `/notes/${first?.id}`, { status: "draft" });
  await total("5 records found");

  await page.getByRole("button", { name: "views" }).click();
  await page.locator('th[aria-sort="ascending"]').waitFor();
  await page.getByRole("row").nth(1).filter({ hasText: "Note 1" }).waitFor();
  await page.getByRole("button", { name: "views" }).click();
  await page.locator('th[aria-sort="descending"]').waitFor();
  await page.reload();
  await total("5 records found");
  await page.getByRole("row").nth(1).filter({ hasText: "Note 9" }).waitFor();
  await api("POST", "/notes", { title: "Late", views: 5, status: "done" });
  await page.getByRole("button", { name: "1 new — reload" }).click();
  await total("6 records found");
  await page.goBack();
  await page.locator('th[aria-sort="ascending"]').waitFor();

  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByText("50 of 62").waitFor();
  await page.getByRole("button", { name: "Load more" }).click();
  await page.getByRole("button", { name: "Load more" }).waitFor({ state: "detached" });
  assert.equal(await page.getByRole("row").count(), 63);
  await page.getByRole("searchbox", { name: "Search" }).fill("mine");
  await page.keyboard.press("Enter");
  await total("1 record found");
});

test("columns are chosen, and stay so", { timeout: 60_000 }, async () => {
  await page.getByText(/^Columns \d/).click();
  await page.getByLabel("pinned", { exact: true }).uncheck();
  await page.keyboard.press("Escape");
  await page.getByRole("columnheader", { name: "pinned" }).waitFor({ state: "detached" });
  await page.reload();
  await page.getByRole("columnheader", { name: "views" }).waitFor();
  assert.equal(await page.getByRole("columnheader", { name: "pinned" }).count(), 0);
});

test("records are deleted: one, and several at once", { timeout: 60_000 }, async () => {
  await page.goto(`${base}/_/collections/notes?filter=${encodeURIComponent("views < 4")}`);
  await total("4 records found");
  await row("Note 2").getByRole("link", { name: /^…/ }).click();
  await input("title").fill("Begun, and given up");
  await drawer().getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog", { name: "Delete this record?" }).getByRole("button", { name: "Delete" }).click();
  await total("3 records found");
  await drawer().waitFor({ state: "detached" });
  await row("Note 0").getByRole("checkbox").check();
  await row("Note 3").getByRole("checkbox").check();
  await row("Note 1").getByRole("checkbox").check();
  await page.getByRole("button", { name: "Delete 3" }).waitFor();
  const [other] = (await api("GET", `/notes?filter=${encodeURIComponent("title = 'Note 1'")}`)).items as Data[];
  await api("DELETE", `/notes/${other?.id}`);
  await page.getByRole("button", { name: "Delete 2" }).click();
  await page.getByText("none is.").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("No record fits.").waitFor();
  assert.equal((await api("GET", "/notes?count=true&limit=1")).total, 58);
});

test("a view can be looked at only, and an account has a password that is never shown", {
  timeout: 60_000,
}, async () => {
  await page.goto(`${base}/_/collections/done`);
  await row("Note 1").first().waitFor();
  assert.equal(await page.getByRole("button", { name: "New record" }).count(), 0);
  assert.equal(await page.getByRole("checkbox", { name: /^Tick/ }).count(), 0);
  await row("Note 11").getByRole("link").click();
  await page.getByRole("dialog").getByText("Note 11").last().waitFor();
  assert.equal(await page.getByRole("button", { name: "Save" }).count(), 0);

  await page.goto(`${base}/_/collections/users?record=new`);
  await input("email").fill("ann@example.com");
  await input("password").fill("another horse battery");
  await drawer().getByRole("button", { name: "Create" }).click();
  await row("ann@example.com").waitFor();
  await api("POST", "/auth/login", { email: "ann@example.com", password: "another horse battery" });
});

test("the browser has nothing to complain of", () => {
  assertClean(watched);
});
