import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { assertClean, openProject, type PanelAnswer } from "./panel.ts";

type Ask = (method: string, path: string, body?: unknown) => Promise<PanelAnswer>;

/** A project of its own, and its panel at a path, signed in. Faults in the browser's console are faults. */
async function inPanel(
  path: string,
  use: (panel: { page: Page; base: string; guest: Ask; admin: Ask }) => Promise<void>,
) {
  const project = await openProject();
  try {
    const watched = await project.signIn(path);
    const guest: Ask = (method, at, body) => project.ask(method, at, body, "guest");
    await use({ page: watched.page, base: project.origin, guest, admin: project.ask });
    assertClean(watched);
  } finally {
    await project.close();
  }
}

test("a collection is made, changed and explained in the panel", { timeout: 300_000 }, () =>
  inPanel("/new-collection", async ({ page, base, guest, admin }) => {
    // a name is checked while it is typed
    await page.getByLabel("Name", { exact: true }).fill("Notes");
    await page.getByText("must be a lower-case letter").waitFor();
    await page.getByLabel("Name", { exact: true }).fill("notes");

    // three fields
    await page.getByRole("button", { name: "+ Add field" }).click();
    await page.getByLabel("Name of field 2").fill("status");
    await page.getByLabel("Type of status").selectOption("select");
    await page.getByLabel("Options, one a line").fill("draft\npublished");
    await page.getByRole("button", { name: "+ Add field" }).click();
    await page.getByLabel("Name of field 3").fill("stars");
    await page.getByLabel("Type of stars").selectOption("integer");

    // a faulty rule is told at its place
    await page.getByRole("button", { name: "Shared by signed-in users" }).click();
    const read = page.getByLabel("Read", { exact: true });
    await read.fill("state = 'published'");
    const readRule = page.locator(".rule", { has: read });
    await readRule.getByRole("alert").filter({ hasText: "state" }).waitFor();
    assert.equal(await read.getAttribute("aria-invalid"), "true");
    await read.fill("status = 'published'");
    await readRule.getByRole("alert").waitFor({ state: "detached" });
    await readRule.getByText("no index finds it").waitFor();
    await readRule.getByRole("button", { name: "Add this index" }).click();
    await readRule.getByText("no index finds it").waitFor({ state: "detached" });

    await page.getByRole("button", { name: "Make collection" }).click();
    await page.waitForURL(`${base}/_/collections/notes`);
    const { body: made } = await admin("GET", "/api/admin/collections/notes");
    assert.deepEqual(
      made.fields.map(({ name, type }: { name: string; type: string }) => [name, type]),
      [
        ["title", "text"],
        ["status", "select"],
        ["stars", "integer"],
      ],
    );
    assert.deepEqual(made.indexes, [{ fields: ["status"] }]);
    assert.equal(made.permissions.read, "status = 'published'");

    // the rule holds
    for (const status of ["draft", "published"])
      assert.equal((await admin("POST", "/api/notes", { title: `A ${status}`, status, stars: 3 })).status, 201);
    const { body: seen } = await guest("GET", "/api/notes");
    assert.deepEqual(
      seen.items.map(({ title }: { title: string }) => title),
      ["A published"],
    );
    assert.equal((await guest("POST", "/api/notes", { title: "no" })).status, 401);

    // a field is renamed, with its data
    await page.goto(`${base}/_/collections/notes/definition`);
    await page.getByLabel("Name of field 1").fill("headline");
    await page.getByRole("button", { name: "Save …" }).click();
    const dialog = page.getByRole("dialog", { name: "What will happen" });
    await dialog.getByText("headline").first().waitFor();
    assert.equal((await guest("GET", "/api/notes")).body.items[0].title, "A published", "nothing is done yet");
    await dialog.getByRole("button", { name: "Apply" }).click();
    await dialog.waitFor({ state: "detached" });
    assert.equal((await guest("GET", "/api/notes")).body.items[0].headline, "A published");

    // a loss is announced, and refused without the tick
    await page.getByRole("button", { name: "Remove stars" }).click();
    await page.getByRole("button", { name: "Save …" }).click();
    await dialog.getByText("Data will be lost").waitFor();
    const apply = dialog.getByRole("button", { name: "Apply" });
    assert.equal(await apply.isDisabled(), true);
    const tick = dialog.getByLabel(/Yes, lose .*stars/);
    await tick.check();
    assert.equal(await apply.isDisabled(), false);
    await tick.uncheck();
    assert.equal(await apply.isDisabled(), true);
    assert.equal((await guest("GET", "/api/notes")).body.items[0].stars, 3);
    await tick.check();
    await apply.click();
    await dialog.waitFor({ state: "detached" });
    assert.equal("stars" in (await guest("GET", "/api/notes")).body.items[0], false);

    // the same as JSON, with its faults told
    await page.getByRole("tab", { name: "JSON" }).click();
    const json = page.getByLabel(/As it stands in/);
    const text = await json.inputValue();
    assert.equal(JSON.parse(text).fields[0].name, "headline");
    await json.fill("{ not JSON");
    await page.getByText("This is not JSON").waitFor();
    await json.fill(text.replace('"headline"', '"headline", "description": "What it is about"'));
    await page.getByRole("tab", { name: "Form" }).click();
    await page.getByRole("button", { name: "Options of headline" }).click();
    assert.equal(await page.getByLabel("Description").inputValue(), "What it is about");

    // a rule is explained
    await page.getByLabel("Does").selectOption("view");
    const [draft] = (await admin("GET", `/api/notes?${new URLSearchParams({ filter: "status = 'draft'" })}`)).body
      .items;
    await page.getByLabel("Record (id)").fill(draft.id);
    await page.getByRole("button", { name: "Ask" }).click();
    await page.getByText("denied", { exact: true }).waitFor();
    await page.getByText('left "draft", right "published"').waitFor();

    // it goes only by its name
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    const ending = page.getByRole("dialog", { name: "Delete notes" });
    await ending.getByText("collection notes with 2 records").waitFor();
    assert.equal(await ending.getByRole("button", { name: "Delete collection" }).isDisabled(), true);
    await ending.getByLabel("Type notes to confirm").fill("notes");
    await ending.getByRole("button", { name: "Delete collection" }).click();
    await page.waitForURL(`${base}/_/`);
    assert.equal((await admin("GET", "/api/admin/collections/notes")).status, 404);

    // roles
    await page.getByRole("link", { name: "Roles" }).click();
    await page.getByRole("button", { name: "New role" }).click();
    await page.getByLabel("Name", { exact: true }).fill("editor");
    await page.getByRole("button", { name: "+ Add grant" }).click();
    await page.getByLabel("Permission 1").fill("posts.update");
    await page.getByLabel("Condition of grant 1").fill("nothing = 1");
    await page.getByRole("button", { name: "Save role" }).click();
    await page.locator(".grant").getByRole("alert").filter({ hasText: "nothing" }).waitFor();
    await page.getByLabel("Condition of grant 1").fill("status = 'draft'");
    await page.getByRole("button", { name: "Save role" }).click();
    await page.getByRole("heading", { name: "editor" }).waitFor();
    assert.deepEqual((await admin("GET", "/api/admin/roles/editor")).body, {
      name: "editor",
      includes: [],
      permissions: { "posts.update": "status = 'draft'" },
    });
    await page.getByRole("button", { name: "Remove editor" }).click();
    await page.getByRole("button", { name: "Remove role" }).click();
    await page.getByText("No role is defined.").waitFor();
  }),
);

test("what others do meanwhile, what cannot be done, and what is not saved", { timeout: 300_000 }, () =>
  inPanel("/collections/posts/definition", async ({ page, base, admin }) => {
    const save = page.getByRole("button", { name: "Save …" });
    const dialog = page.getByRole("dialog", { name: "What will happen" });
    const posts = async () => (await admin("GET", "/api/admin/collections/posts")).body;
    for (const title of ["same", "same"]) await admin("POST", "/api/posts", { title });

    // an untouched form follows; one that was touched is asked
    await page.getByLabel("Name of field 1").waitFor();
    await admin("PATCH", "/api/admin/collections/posts", { description: "by another" });
    await page.getByText("It is declared in a file too").waitFor();
    await page.getByRole("button", { name: "Move body up" }).click();
    await admin("PATCH", "/api/admin/collections/posts", { description: "by another again" });
    await page.getByText("Somebody else has changed this definition").waitFor();
    assert.equal(await page.getByLabel("Name of field 1").inputValue(), "body");
    await page.getByRole("button", { name: "Take over theirs" }).click();
    assert.equal(await page.getByLabel("Name of field 1").inputValue(), "title");

    // what cannot be done is told, and there is no way to do it
    await page.getByRole("button", { name: "Options of title" }).click();
    await page.getByLabel(/Unique no two/).check();
    await save.click();
    await dialog.getByText("This cannot be done").waitFor();
    assert.equal(await dialog.getByRole("button", { name: "Apply" }).isDisabled(), true);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo changes" }).click();

    // the rule of a field is judged where it stands
    await page.getByRole("button", { name: "Options of title" }).click();
    await page.getByText("Rules of this field alone").click();
    await page.getByLabel("View", { exact: true }).first().fill("nothing = 1");
    await page.locator("#fields-title ~ ol").getByRole("alert").filter({ hasText: "nothing" }).waitFor();
    await page.getByRole("button", { name: "Undo changes" }).click();

    // tabs go by the keyboard, and nothing is lost on the way
    const before = await posts();
    await page.getByRole("tab", { name: "Form" }).focus();
    await page.keyboard.press("ArrowRight");
    const json = page.getByLabel(/As it stands in/);
    assert.deepEqual(JSON.parse(await json.inputValue()), before);
    await json.fill("{");
    await page.getByRole("tab", { name: "Form" }).click();
    await page.getByText("This is not JSON").waitFor();
    assert.equal(await page.getByRole("tab", { name: "JSON" }).getAttribute("aria-selected"), "true");

    // what is not saved is not left without a word
    const asked: string[] = [];
    page.on("dialog", (one) => {
      asked.push(one.message());
      void (asked.length === 1 ? one.dismiss() : one.accept());
    });
    await page.getByRole("link", { name: "Records" }).click();
    await page.getByText("This is not JSON").waitFor();
    await page.getByRole("link", { name: "Records" }).click();
    await page.waitForURL(`${base}/_/collections/posts`);
    assert.equal(asked.length, 2);

    // an update is explained on the row before and after
    await page.goto(`${base}/_/collections/posts/definition`);
    await page.getByLabel("Update", { exact: true }).fill("status = 'draft'");
    await save.click();
    await dialog.getByRole("button", { name: "Apply" }).click();
    await dialog.waitFor({ state: "detached" });
    assert.equal((await posts()).permissions.update, "status = 'draft'");
    const [post] = (await admin("GET", "/api/posts")).body.items;
    await page.getByLabel("Does").selectOption("update");
    await page.getByLabel("Record (id)").fill(post.id);
    await page.getByLabel("What is sent, as JSON").fill('{ "status": "published" }');
    await page.getByRole("button", { name: "Ask" }).click();
    await page.getByText("On the record as it would be").waitFor();
    await page.getByText('left "draft", right "draft"').waitFor();
    await page.getByText('left "published", right "draft"').waitFor();
  }),
);
