import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { systemPrincipal } from "../../../src/core/principal.ts";
import { inWorld, PASSWORD, type World } from "../../support/accounts.ts";
import { type Answer, assertProblem, OPEN } from "../../support/app.ts";
import { uuid } from "../../support/scenario.ts";

const [RED, BLUE] = [uuid(1), uuid(2)];
const SHELF = uuid(11);
const NOTE = uuid(21);
const COMMENT = uuid(31);

const PRINCIPALS = ["guest", "owner", "mate", "other", "editor", "admin"] as const;
type Who = (typeof PRINCIPALS)[number];
const SIGNED_IN: readonly Who[] = ["owner", "mate", "other", "editor", "admin"];

/** A rule, given to every action, and who passes it. */
interface Rule {
  readonly name: string;
  readonly rule: string | undefined;
  /** On the owner's note. */
  readonly passes: readonly Who[];
  /** On a note of one's own. */
  readonly own: readonly Who[];
  /** Who is refused whatever the row: 401 for a guest, 403 for others. Everybody else finds nothing there. */
  readonly never: readonly Who[];
}

const RULES: readonly Rule[] = [
  { name: "public", rule: "public", passes: PRINCIPALS, own: PRINCIPALS, never: [] },
  { name: "authenticated", rule: "authenticated", passes: SIGNED_IN, own: SIGNED_IN, never: ["guest"] },
  { name: "owner", rule: "owner", passes: ["owner", "admin"], own: SIGNED_IN, never: ["guest"] },
  {
    name: "a role",
    rule: "role:editor",
    passes: ["editor", "admin"],
    own: ["editor", "admin"],
    never: ["guest", "owner", "mate", "other"],
  },
  {
    name: "a path of the caller's, through a relation",
    rule: "author.team = @user.team",
    passes: ["owner", "mate", "admin"],
    own: ["owner", "mate", "other", "admin"],
    // who has no team is in nobody's, not even in that of those without one
    never: ["guest", "editor"],
  },
  {
    name: "a negation about the caller",
    rule: "author != @user.id",
    passes: ["mate", "other", "editor", "admin"],
    own: ["admin"],
    never: ["guest"],
  },
  {
    name: "several at once",
    rule: "author = @user.id || @user.role = 'editor'",
    passes: ["owner", "editor", "admin"],
    own: SIGNED_IN,
    never: ["guest"],
  },
  {
    name: "admin",
    rule: "admin",
    passes: ["admin"],
    own: ["admin"],
    never: ["guest", "owner", "mate", "other", "editor"],
  },
  {
    name: "none",
    rule: undefined,
    passes: ["admin"],
    own: ["admin"],
    never: ["guest", "owner", "mate", "other", "editor"],
  },
];

const AUTHOR = { name: "author", type: "relation", collection: "users", onDelete: "cascade", default: "@user.id" };

function definitions(rule: string | undefined, more: readonly object[] = [], author: object = {}) {
  const permissions = rule === undefined ? {} : { read: rule, create: rule, update: rule, delete: rule };
  return [
    { name: "teams", fields: [{ name: "name", type: "text" }], permissions: OPEN },
    {
      name: "users",
      kind: "auth",
      fields: [{ name: "team", type: "relation", collection: "teams", onDelete: "setNull" }],
      permissions: { read: "id = @user.id" },
    },
    { name: "shelves", fields: [{ name: "name", type: "text" }], permissions: OPEN },
    {
      name: "notes",
      fields: [
        { name: "title", type: "text", searchable: true },
        { name: "shelf", type: "relation", collection: "shelves" },
        { ...AUTHOR, immutable: true, ...author },
        ...more,
      ],
      permissions,
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
}

interface Cast {
  readonly world: World;
  id(who: Who): string;
  as(who: Who, method: string, path: string, body?: unknown): Promise<Answer>;
}

/** Everybody signed in, and one note of the owner's with a comment, on a shelf. */
async function cast(world: World, note: object = {}): Promise<Cast> {
  const system = world.app.app.as(systemPrincipal("test"));
  await system.records("teams").createMany([
    { id: RED, name: "red" },
    { id: BLUE, name: "blue" },
  ]);
  const people = {
    owner: await world.signUp("owner@example.com", undefined, { team: RED }),
    mate: await world.signUp("mate@example.com", undefined, { team: RED }),
    other: await world.signUp("other@example.com", undefined, { team: BLUE }),
    editor: await world.signUp("editor@example.com", "editor"),
    admin: await world.signUp("admin@example.com", "admin"),
  };
  await system.records("shelves").create({ id: SHELF, name: "s" });
  await system.records("notes").create({ id: NOTE, title: "first", shelf: SHELF, author: people.owner.id, ...note });
  await system.records("comments").create({ id: COMMENT, text: "c", note: NOTE });
  return {
    world,
    id: (who) => (who === "guest" ? "" : people[who].id),
    as: (who, method, path, body) =>
      world.call(method, path, { body, token: who === "guest" ? undefined : people[who].token }),
  };
}

/** What must come of a door: `shown` tells whether the note was seen or written in a successful answer. */
interface Door {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  body?(cast: Cast): unknown;
  /** Whether a success shows the note. */
  shown(answer: Answer): boolean;
  /** The status where the rule never holds for the caller: `refused` is 401 or 403; `open` is 200 without the note. */
  readonly never: "refused" | "open";
  /** The status where the rule does not hold for this row. */
  readonly hidden: number;
}

const SEEN = (answer: Answer): boolean => answer.text.includes('"first"');
const ANY = (): boolean => true;
const change = { title: "changed" };
const operation =
  (op: string, data?: object): (() => unknown) =>
  () => ({
    operations: [{ op, collection: "notes", id: NOTE, ...(data ? { data } : {}) }],
  });

const READS: readonly Door[] = [
  { name: "view", method: "GET", path: `/api/notes/${NOTE}`, shown: SEEN, never: "refused", hidden: 404 },
  { name: "list", method: "GET", path: "/api/notes", shown: SEEN, never: "refused", hidden: 200 },
  {
    name: "filter",
    method: "GET",
    path: "/api/notes?filter=title='first'||1=1",
    shown: SEEN,
    never: "refused",
    hidden: 200,
  },
  { name: "search", method: "GET", path: "/api/notes?search=first", shown: SEEN, never: "refused", hidden: 200 },
  {
    name: "count",
    method: "GET",
    path: "/api/notes?count=true",
    shown: ({ body }) => body.total > 0,
    never: "refused",
    hidden: 200,
  },
  {
    name: "aggregate",
    method: "GET",
    path: "/api/notes?aggregate=count()",
    shown: ({ body }) => body.groups[0]?.count > 0,
    never: "refused",
    hidden: 200,
  },
  {
    name: "group",
    method: "GET",
    path: "/api/notes?aggregate=count()&group=title",
    shown: SEEN,
    never: "refused",
    hidden: 200,
  },
  {
    name: "expand",
    method: "GET",
    path: `/api/comments/${COMMENT}?expand=note`,
    shown: SEEN,
    never: "open",
    hidden: 200,
  },
  {
    name: "expand in a list",
    method: "GET",
    path: "/api/comments?expand=note",
    shown: SEEN,
    never: "open",
    hidden: 200,
  },
  {
    name: "expand back",
    method: "GET",
    path: `/api/shelves/${SHELF}?expand=notes_via_shelf`,
    shown: SEEN,
    never: "open",
    hidden: 200,
  },
];

/** A filter through a relation that a caller can never see along is not understood, rather than empty. */
const THROUGH: readonly Door[] = [
  {
    name: "filter through a relation",
    method: "GET",
    path: "/api/comments?filter=note.title='first'",
    shown: ({ body }) => body.items.length > 0,
    never: "refused",
    hidden: 200,
  },
  {
    name: "filter back",
    method: "GET",
    path: "/api/shelves?filter=notes_via_shelf.title='first'",
    shown: ({ body }) => body.items.length > 0,
    never: "refused",
    hidden: 200,
  },
  {
    name: "aggregate through a relation",
    method: "GET",
    path: "/api/comments?aggregate=count()&filter=note.title='first'",
    shown: ({ body }) => body.groups[0]?.count > 0,
    never: "refused",
    hidden: 200,
  },
];

const CHANGES: readonly Door[] = [
  {
    name: "PATCH",
    method: "PATCH",
    path: `/api/notes/${NOTE}`,
    body: () => change,
    shown: ANY,
    never: "refused",
    hidden: 404,
  },
  {
    name: "PUT",
    method: "PUT",
    path: `/api/notes/${NOTE}`,
    body: () => change,
    shown: ANY,
    never: "refused",
    hidden: 404,
  },
  {
    name: "batch update",
    method: "POST",
    path: "/api/batch",
    body: operation("update", change),
    shown: ANY,
    never: "refused",
    hidden: 404,
  },
  {
    name: "batch upsert",
    method: "POST",
    path: "/api/batch",
    body: operation("upsert", change),
    shown: ANY,
    never: "refused",
    hidden: 404,
  },
  {
    name: "batch delete",
    method: "POST",
    path: "/api/batch",
    body: operation("delete"),
    shown: ANY,
    never: "refused",
    hidden: 404,
  },
  { name: "DELETE", method: "DELETE", path: `/api/notes/${NOTE}`, shown: ANY, never: "refused", hidden: 404 },
];

const newNote = (author: string | undefined): object => ({ title: "new", ...(author ? { author } : {}) });
const CREATES: readonly (readonly [name: string, path: string, body: (author?: string) => unknown])[] = [
  ["create", "/api/notes", newNote],
  ["bulk", "/api/notes", (author) => [newNote(author)]],
  [
    "batch create",
    "/api/batch",
    (author) => ({ operations: [{ op: "create", collection: "notes", data: newNote(author) }] }),
  ],
  [
    "upsert",
    "/api/batch",
    (author) => ({ operations: [{ op: "upsert", collection: "notes", id: uuid(99), data: newNote(author) }] }),
  ],
];

async function tryDoor(door: Door, who: Who, rule: Rule, people: Cast): Promise<void> {
  const hint = `${door.name} as ${who}`;
  const answer = await people.as(who, door.method, door.path, door.body?.(people));
  if (rule.passes.includes(who)) {
    assert.ok(answer.status < 300 && door.shown(answer), `${hint}: ${answer.status} ${answer.text.slice(0, 300)}`);
    return;
  }
  assert.ok(!SEEN(answer), `${hint} tells of the note: ${answer.text}`);
  if (rule.never.includes(who) && door.never === "refused") refused(answer, who, hint);
  else if (door.hidden === 404) assertProblem(answer, 404, "not_found", hint);
  else
    assert.ok(answer.status === 200 && !door.shown(answer), `${hint}: ${answer.status} ${answer.text.slice(0, 300)}`);
}

function refused(answer: Answer, who: Who, hint: string): void {
  if (who === "guest") assertProblem(answer, 401, "unauthenticated", hint);
  else assertProblem(answer, 403, "forbidden", hint);
}

for (const rule of RULES) {
  const options = { collections: definitions(rule.rule) };
  describe(`rule: ${rule.name}`, () => {
    for (const who of PRINCIPALS) {
      test(
        `${who} reads`,
        inWorld(options, async (world) => {
          const people = await cast(world);
          for (const door of READS) await tryDoor(door, who, rule, people);
          for (const door of THROUGH) {
            const answer = await people.as(who, door.method, door.path);
            const shown = answer.status === 200 && door.shown(answer);
            assert.equal(shown, rule.passes.includes(who), `${door.name} as ${who}: ${answer.text}`);
            if (rule.never.includes(who)) assertProblem(answer, 400, "bad_request", `${door.name} as ${who}`);
            else assert.equal(answer.status, 200, `${door.name} as ${who}: ${answer.text}`);
          }
        }),
      );

      for (const door of CHANGES) {
        test(
          `${who}: ${door.name}`,
          inWorld(options, async (world) => {
            const people = await cast(world);
            const before = await world.app.sql(`SELECT * FROM "notes"`);
            await tryDoor(door, who, rule, people);
            const same = JSON.stringify(await world.app.sql(`SELECT * FROM "notes"`)) === JSON.stringify(before);
            assert.equal(same, !rule.passes.includes(who), "what was refused was done, or the other way round");
          }),
        );
      }

      test(
        `${who} creates`,
        inWorld(options, async (world) => {
          const people = await cast(world);
          for (const [name, path, body] of CREATES) {
            for (const [whose, author, allowed] of [
              ["one's own", undefined, rule.own],
              ["the owner's", people.id("owner"), rule.passes],
            ] as const) {
              const hint = `${name} of ${whose} as ${who}`;
              const answer = await people.as(who, "POST", path, body(author));
              const { length } = await world.app.sql(`SELECT 1 FROM "notes"`);
              if (allowed.includes(who)) {
                assert.ok(answer.status < 300, `${hint}: ${answer.text}`);
                assert.equal(length, 2, hint);
                const [row] = await world.app.sql(`SELECT "author" FROM "notes" WHERE "id" <> ?`, [NOTE]);
                assert.equal(row?.author, author ?? (people.id(who) || null), hint);
              } else {
                if (who === "guest") assertProblem(answer, 401, "unauthenticated", hint);
                else assertProblem(answer, 403, "forbidden", hint);
                assert.equal(length, 1, hint);
              }
              await world.app.sql(`DELETE FROM "notes" WHERE "id" <> ?`, [NOTE]);
            }
          }
        }),
      );
    }
  });
}

describe("the row after the write", () => {
  const options = { collections: definitions("owner", [], { immutable: false }) };
  const give = (people: Cast): object => ({ title: "x", author: people.id("other") });
  const doors: readonly (readonly [name: string, method: string, path: string, wrap: (data: object) => unknown])[] = [
    ["PATCH", "PATCH", `/api/notes/${NOTE}`, (data) => data],
    ["PUT", "PUT", `/api/notes/${NOTE}`, (data) => data],
    ["batch", "POST", "/api/batch", (data) => operation("update", data)()],
    ["upsert", "POST", "/api/batch", (data) => operation("upsert", data)()],
  ];
  for (const [name, method, path, wrap] of doors) {
    test(
      `${name}: a record is neither given away nor taken`,
      inWorld(options, async (world) => {
        const people = await cast(world);
        assertProblem(await people.as("owner", method, path, wrap(give(people))), 403, "forbidden");
        assertProblem(await people.as("other", method, path, wrap(give(people))), 404, "not_found");
        const given = await people.as("admin", method, path, wrap(give(people)));
        assert.equal(given.status, 200, given.text);
      }),
    );
  }

  test(
    "an immutable owner stays, for admins too",
    inWorld({ collections: definitions("owner") }, async (world) => {
      const people = await cast(world);
      for (const who of ["owner", "admin"] as const)
        assertProblem(await people.as(who, "PATCH", `/api/notes/${NOTE}`, give(people)), 400, "validation_failed");
      const put = await people.as("owner", "PUT", `/api/notes/${NOTE}`, { title: "replaced" });
      assert.equal(put.body.author, people.id("owner"), "a replacement keeps it");
    }),
  );

  test(
    "@old is the row before",
    inWorld(
      {
        collections: definitions("owner", [{ name: "state", type: "text", default: "draft" }]).map((one) =>
          one.name === "notes"
            ? {
                ...one,
                permissions: {
                  read: "public",
                  update: "author = @user.id && (@old.state = 'draft' || state = @old.state)",
                },
              }
            : one,
        ),
      },
      async (world) => {
        const people = await cast(world);
        const patch = (who: Who, body: object) => people.as(who, "PATCH", `/api/notes/${NOTE}`, body);
        assert.equal((await patch("owner", { state: "done" })).status, 200);
        assert.equal((await patch("owner", { title: "still mine" })).status, 200);
        assertProblem(await patch("owner", { state: "draft" }), 403, "forbidden");
        assertProblem(await patch("other", { title: "x" }), 404, "not_found");
        assertProblem(await patch("guest", { title: "x" }), 401, "unauthenticated");
      },
    ),
  );
});

describe("fields with permissions of their own", () => {
  const fields = [
    { name: "draft", type: "text", permissions: { view: "author = @user.id" } },
    { name: "fame", type: "text", permissions: { view: "author.team = @user.team" } },
    { name: "rank", type: "integer", permissions: { view: "role:editor", write: "role:editor" } },
    { name: "mood", type: "text", permissions: { write: "author = @user.id" } },
  ];
  const options = { collections: definitions("public", fields) };
  const note = { draft: "my-draft", fame: "my-fame", rank: 7, mood: "fine" };
  const SIGHTS: readonly (readonly [field: string, value: string, who: readonly Who[]])[] = [
    ["draft", '"my-draft"', ["owner", "admin"]],
    ["fame", '"my-fame"', ["owner", "mate", "admin"]],
    ["rank", '"rank":7', ["editor", "admin"]],
  ];
  for (const who of PRINCIPALS) {
    test(
      `${who} sees what is theirs to see`,
      inWorld(options, async (world) => {
        const people = await cast(world, note);
        for (const path of [
          `/api/notes/${NOTE}`,
          "/api/notes",
          "/api/notes?search=first",
          `/api/notes/${NOTE}?fields=title,draft,fame,rank`,
          `/api/comments/${COMMENT}?expand=note`,
          `/api/shelves/${SHELF}?expand=notes_via_shelf`,
        ]) {
          const answer = await people.as(who, "GET", path);
          assert.equal(answer.status, 200, `${path}: ${answer.text}`);
          for (const [field, value, seers] of SIGHTS)
            assert.equal(
              answer.text.includes(value),
              seers.includes(who),
              `${path} tells ${who} ${field}: ${answer.text}`,
            );
        }
        const bare = who === "admin" ? 200 : 400;
        for (const query of [
          "filter=draft='my-draft'",
          "filter=!(draft='x')",
          "sort=draft",
          "aggregate=max(rank)",
          "aggregate=count()&group=draft",
        ]) {
          const expected = query.includes("rank") && who === "editor" ? 200 : bare;
          assert.equal((await people.as(who, "GET", `/api/notes?${query}`)).status, expected, `${query} as ${who}`);
        }
        const through = await people.as(who, "GET", "/api/comments?filter=note.draft='my-draft'");
        assert.equal(through.status, bare, "through a relation");
      }),
    );
  }

  const writes: readonly (readonly [field: string, value: unknown, who: readonly Who[]])[] = [
    ["rank", 8, ["editor", "admin"]],
    ["mood", "new", ["owner", "admin"]],
  ];
  for (const [field, value, allowed] of writes) {
    for (const who of PRINCIPALS) {
      test(
        `${who} writes ${field}${allowed.includes(who) ? "" : " not"}`,
        inWorld(options, async (world) => {
          const people = await cast(world, note);
          const data = { [field]: value };
          for (const [method, path, body] of [
            ["PATCH", `/api/notes/${NOTE}`, data],
            ["PUT", `/api/notes/${NOTE}`, { title: "first", ...data }],
            ["POST", "/api/batch", operation("update", data)()],
            ["POST", "/api/batch", operation("upsert", data)()],
          ] as const) {
            const answer = await people.as(who, method, path, body);
            const hint = `${method} ${path} as ${who}`;
            if (allowed.includes(who)) assert.equal(answer.status, 200, `${hint}: ${answer.text}`);
            else refused(answer, who, hint);
            const [row] = await world.app.sql(`SELECT "${field}" FROM "notes"`);
            assert.equal(row?.[field] === value, allowed.includes(who), hint);
          }
        }),
      );
    }
  }

  for (const [rule, shown] of [
    ["secret != 'x'", false],
    ["!(secret = 'x')", false],
    ["secret = null", false],
    ["level > 1 || secret = 'y'", false],
    ["length(secret) > 5", false],
    ["level = 2", true],
    ["id = @user.id", true],
  ] as const) {
    test(
      `one's own account hides a field under ${rule}${shown ? " not" : ""}`,
      inWorld(
        {
          collections: [
            {
              name: "users",
              kind: "auth",
              permissions: { read: "public" },
              fields: [
                { name: "level", type: "integer" },
                { name: "secret", type: "text", hidden: true },
                { name: "badge", type: "text", permissions: { view: rule } },
              ],
            },
          ],
        },
        async (world) => {
          const ann = await world.signUp("ann@example.com", undefined, { level: 2, badge: "gold" });
          await world.app.sql(
            `UPDATE "users" SET "secret" = 'x', "level" = iif(? = 1, 2, 1), "version" = "version" + 1`,
            [shown ? 1 : 0],
          );
          const me = await world.ok("GET", "/api/auth/me", ann);
          const { user } = await world.ok("POST", "/api/auth/login", {
            body: { email: ann.email, password: PASSWORD },
          });
          const { badge } = await world.ok("GET", `/api/users/${ann.id}`, ann);
          for (const one of [me.user.badge, user.badge, badge]) assert.equal(one, shown ? "gold" : undefined);
        },
      ),
    );
  }

  for (const who of PRINCIPALS) {
    test(
      `a replacement by ${who} keeps the fields with permissions that it does not name`,
      inWorld(options, async (world) => {
        const people = await cast(world, note);
        assert.equal((await people.as(who, "PUT", `/api/notes/${NOTE}`, { title: "new" })).status, 200);
        const [row] = await world.app.sql('SELECT "title", "shelf", "draft", "fame", "rank", "mood" FROM "notes"');
        assert.deepEqual({ ...row }, { title: "new", shelf: null, ...note });
      }),
    );
  }

  test(
    "a new record's fields are held against the record as written, and its answer against who wrote it",
    inWorld(options, async (world) => {
      const people = await cast(world, note);
      const own = await people.as("other", "POST", "/api/notes", { title: "t", draft: "d", fame: "f", mood: "m" });
      assert.equal(own.status, 201, own.text);
      assert.equal(own.body.draft, "d");
      const foreign = { title: "t", author: people.id("owner") };
      const given = await people.as("other", "POST", "/api/notes", { ...foreign, draft: "d" });
      assert.equal(given.status, 201, given.text);
      assert.ok(!("draft" in given.body), "not shown even to the one who wrote it");
      assertProblem(await people.as("other", "POST", "/api/notes", { ...foreign, mood: "m" }), 403, "forbidden");
      assertProblem(await people.as("other", "POST", "/api/notes", { title: "t", rank: 1 }), 403, "forbidden");
    }),
  );
});
