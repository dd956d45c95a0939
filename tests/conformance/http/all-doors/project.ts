import assert from "node:assert/strict";
import { systemPrincipal } from "../../../../src/core/principal.ts";
import { memoryBlobs } from "../../../../src/core/storage/index.ts";
import { fakeRunner } from "../../../core/functions/fake-children.ts";
import { openWorld, PASSWORD, type Somebody, type World } from "../../../support/accounts.ts";
import { OPEN } from "../../../support/app.ts";
import { formOf } from "../../../support/files.ts";
import { logOf } from "../../../support/log.ts";
import { uuid } from "../../../support/scenario.ts";

/** The five kinds of principal, in the order of a table's columns. */
export const PRINCIPALS = ["guest", "owner", "other", "role", "admin"] as const;
export type Who = (typeof PRINCIPALS)[number];

/** What the note, and the owner's account, are marked as: the role is granted what is marked for review. */
export const MARKS = ["review", "draft"] as const;
export type Mark = (typeof MARKS)[number];

export const [NOTE, SHELF, COMMENT] = [uuid(21), uuid(11), uuid(31)];
const OWN = { list: "owner", view: "owner", create: "owner", update: "owner", delete: "owner" };
const SELF = { read: "id = @user.id", update: "id = @user.id", delete: "id = @user.id" };

const COLLECTIONS = [
  { name: "users", kind: "auth", fields: [{ name: "mark", type: "text" }], permissions: SELF },
  { name: "shelves", fields: [{ name: "name", type: "text" }], permissions: OPEN },
  {
    name: "notes",
    fields: [
      { name: "title", type: "text", searchable: true },
      { name: "mark", type: "text" },
      { name: "shelf", type: "relation", collection: "shelves" },
      { name: "paper", type: "file" },
      { name: "author", type: "relation", collection: "users", onDelete: "cascade", default: "@user.id" },
    ],
    permissions: OWN,
  },
  {
    name: "comments",
    fields: [
      { name: "text", type: "text" },
      { name: "note", type: "relation", collection: "notes", onDelete: "cascade" },
    ],
    permissions: OPEN,
  },
];
const IN_REVIEW = "mark = 'review'";
const EDITOR = {
  permissions: Object.fromEntries(
    ["notes", "users"].flatMap((name) =>
      ["list", "view", "create", "update", "delete"].map((action) => [`${name}.${action}`, IN_REVIEW]),
    ),
  ),
};

/** Everybody signed in, and one note of the owner's with a comment, on a shelf. */
export interface Project {
  readonly world: World;
  token(who: Who): string | undefined;
  /** A text with what only this project knows in the place of `$OWNER`, `$SESSION`, `$KEY` and `$MARK`. */
  fill(text: string): string;
  /** Everything that a door to records could change. */
  rows(): Promise<string>;
}

export async function openProject(mark: Mark): Promise<Project> {
  const world = await openWorld({
    ...{
      collections: COLLECTIONS,
      setupToken: "the-setup-token",
      runner: fakeRunner(),
      blobs: memoryBlobs(),
      recentLog: logOf("a line"),
    },
    panel: "<!doctype html><title>panel</title>",
    auth: { providers: { github: { clientId: "x", clientSecret: "y" } } },
  });
  const admin = await world.signUp("admin@example.com", "admin");
  await world.ok("PUT", "/api/admin/roles/editor", { token: admin.token, body: EDITOR });
  const people: Readonly<Record<Exclude<Who, "guest">, Somebody>> = {
    owner: await world.signUp("owner@example.com", undefined, { mark }),
    other: await world.signUp("other@example.com"),
    role: await world.signUp("role@example.com", "editor"),
    admin,
  };
  const { owner } = people;
  const system = world.app.app.as(systemPrincipal("test"));
  await system.records("shelves").create({ id: SHELF, name: "shelf" });
  const form = formOf(["file", "secret-note, as a file", "paper.txt", "text/plain"]);
  const { id: paper } = await world.ok("POST", "/api/storage/upload", { ...owner, ...form });
  const note = { id: NOTE, title: "secret-note", mark, shelf: SHELF, author: owner.id, paper };
  await system.records("notes").create(note);
  await system.records("comments").create({ id: COMMENT, text: "c", note: NOTE });
  const key = await world.ok("POST", "/api/auth/keys", { ...owner, body: { name: "owner-key", scopes: ["*"] } });
  const headers = { "user-agent": "the-owners-device" };
  await world.ok("POST", "/api/auth/login", { headers, body: { email: owner.email, password: PASSWORD } });
  const { items } = await world.ok("GET", "/api/auth/sessions", owner);
  await world.ok("POST", "/api/auth/invitations", { ...admin, body: { email: "guest@example.com" } });
  const passkey = { id: uuid(41), name: "owner-passkey" };
  await world.app.sql(
    `INSERT INTO "_passkeys" VALUES ('c', ?, 'users', ?, 'k', 0, '[]', ?, 0, '2026-03-01T12:00:00.000Z', NULL)`,
    [passkey.id, owner.id, passkey.name],
  );
  await world.app.sql(
    `INSERT INTO "_identities" VALUES ('https://issuer.example', '1', 'users', ?, ?, 'owners-provider', '2026-03-01T12:00:00.000Z')`,
    [owner.id, uuid(42)],
  );
  const more = { FILE: String(paper), PASSKEY: passkey.id, IDENTITY: uuid(42) };
  const known = { OWNER: owner.id, SESSION: String(items[0].id), KEY: String(key.id), MARK: mark, PASSWORD, ...more };
  return {
    world,
    token: (who) => (who === "guest" ? undefined : people[who].token),
    fill: (text) => text.replace(/\$([A-Z]+)/g, (_, name: keyof typeof known) => known[name] ?? assert.fail(name)),
    rows: async () =>
      JSON.stringify([
        await world.app.sql(`SELECT * FROM "notes" ORDER BY "id"`),
        await world.app.sql(`SELECT * FROM "users" ORDER BY "id"`),
        await world.app.sql(`SELECT * FROM "_files" ORDER BY "id"`),
        await world.app.sql(`SELECT * FROM "_collections" ORDER BY "name"`),
        await world.app.sql(`SELECT * FROM "_roles" ORDER BY "name"`),
      ]),
  };
}
