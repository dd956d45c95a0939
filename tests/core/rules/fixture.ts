import { sqliteDialect } from "../../../src/core/database/dialect.ts";
import { BakendError } from "../../../src/core/errors.ts";
import {
  type Bindings,
  type Condition,
  compile,
  matches,
  parseExpression,
  type ResolveOptions,
  type RowData,
  type RowSource,
  type RuleSchema,
  resolve,
  type SchemaCollection,
  type SchemaField,
  settle,
} from "../../../src/core/rules/index.ts";
import { type MemorySqlite, openMemorySqlite } from "../../support/memory-sqlite.ts";

type ValueField = Extract<SchemaField, { kind: "value" }>;

function value(name: string, type: ValueField["type"] = "text", nullable = true): ValueField {
  return { kind: "value", name, type, column: name, nullable };
}

function collection(name: string, ...fields: SchemaField[]): SchemaCollection {
  const all = [value("id", "text", false), ...fields];
  return { name, table: name, fields: new Map(all.map((field) => [field.name, field])) };
}

export const posts = collection(
  "posts",
  value("title"),
  value("views", "number"),
  value("active", "boolean"),
  value("createdAt", "datetime"),
  value("due", "date"),
  { kind: "list", name: "roles", column: "roles" },
  { kind: "json", name: "meta", column: "meta" },
  { kind: "json", name: "more", column: "more" },
  { kind: "geo", name: "position", lat: "position_lat", lng: "position_lng" },
  { kind: "one", name: "author", column: "author", target: "users", nullable: true },
  { kind: "many", name: "tags", table: "posts_tags", target: "tags" },
);

export const users = collection(
  "users",
  value("name"),
  value("secret"),
  value("age", "number"),
  value("joined", "datetime"),
  { kind: "json", name: "prefs", column: "prefs" },
  { kind: "list", name: "teams", column: "teams" },
  { kind: "geo", name: "home", lat: "home_lat", lng: "home_lng" },
  { kind: "one", name: "boss", column: "boss", target: "users", nullable: true, indexed: true },
);

const tags = collection("tags", value("name"));

const comments = collection("comments", value("body"), {
  kind: "one",
  name: "post",
  column: "post",
  target: "posts",
  nullable: true,
});

/** Both names of `a_via_b_via_c_via_d` contain the separator. */
const awkward = collection("a_via_b", {
  kind: "many",
  name: "c_via_d",
  table: "awkward_links",
  target: "posts",
});

const byName = new Map([posts, users, tags, comments, awkward].map((each) => [each.name, each]));

export const schema: RuleSchema = { collection: (name) => byName.get(name) };

/** Parses and resolves over `posts`, `@old` allowed. */
export function understand(text: string, options: Partial<ResolveOptions> = {}): Condition {
  return resolve(parseExpression(text), { schema, collection: "posts", allowOld: true, ...options });
}

/** Understands and settles. */
export function settled(
  text: string,
  bindings: Partial<Bindings> = {},
  collection = "posts",
  options: Partial<ResolveOptions> = {},
): Condition {
  const condition = understand(text, { collection, ...options });
  return settle(condition, { user: null, now: new Date("2024-05-01T12:00:00Z"), ...bindings });
}

/** The detail of the `bad_request` that `act` throws. */
export function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof BakendError && error.code === "bad_request") return error.message;
    throw error;
  }
  return "accepted";
}

const ROWS: Readonly<Record<string, readonly RowData[]>> = {
  users: [
    {
      id: "u1",
      name: "Ann",
      secret: "s",
      age: 40,
      joined: "2020-01-01T00:00:00.000Z",
      prefs: { lang: "en" },
      teams: ["x"],
      home: null,
      boss: null,
    },
    {
      id: "u2",
      name: null,
      secret: "t",
      age: null,
      joined: null,
      prefs: null,
      teams: null,
      home: { lat: 1, lng: 2 },
      boss: "u1",
    },
  ],
  tags: [
    { id: "t1", name: "red" },
    { id: "t2", name: "Blue" },
    { id: "t3", name: null },
  ],
  posts: [],
  comments: [
    { id: "c1", body: "first", post: "p1" },
    { id: "c2", body: null, post: "p1" },
    { id: "c3", body: "lost", post: null },
  ],
  a_via_b: [{ id: "a1", c_via_d: ["p1"] }],
};

/** Rows of `posts`, in SQLite and in memory, among fixed rows of the other collections. */
export interface Fixture {
  /** The ids of the rows for which it holds, by SQL and by memory. */
  select(condition: Condition): { readonly sql: readonly string[]; readonly memory: readonly string[] };
  readonly database: MemorySqlite;
  close(): void;
}

/** Opens a fixture with the given posts; fields left out are null, or empty. */
export async function openFixture(given: readonly RowData[]): Promise<Fixture> {
  const database = await openMemorySqlite();
  const rows: Record<string, readonly RowData[]> = { ...ROWS, posts: given };
  for (const each of byName.values()) store(database, each, rows[each.name] ?? []);
  const source: RowSource = {
    get: (name, id) => rows[name]?.find((row) => row.id === id),
    via: (name, field, id) =>
      (rows[name] ?? []).filter(({ [field]: held }) => held === id || (Array.isArray(held) && held.includes(id))),
  };
  return {
    database,
    close: database.close,
    select(condition) {
      const { sql, params } = compile(condition, { dialect: sqliteDialect, table: "posts" });
      const found = database.all(`SELECT "id" FROM "posts" WHERE ${sql} ORDER BY rowid`, params);
      return {
        sql: found.map((row) => String(row.id)),
        memory: given.filter((row) => matches(condition, row, source)).map((row) => String(row.id)),
      };
    },
  };
}

/** Creates a collection's tables and fills them. */
export function store(database: MemorySqlite, { table, fields }: SchemaCollection, rows: readonly RowData[]): void {
  const columns: { name: string; type: string; read: (row: RowData) => unknown }[] = [];
  for (const field of fields.values()) {
    const read = (row: RowData) => row[field.name] ?? null;
    if (field.kind === "many") {
      database.exec(`CREATE TABLE "${field.table}" ("source" TEXT, "target" TEXT, "position" INTEGER)`);
      for (const row of rows) {
        const targets = (row[field.name] ?? []) as string[];
        targets.forEach((target, position) => {
          database.all(`INSERT INTO "${field.table}" VALUES (?, ?, ?)`, [String(row.id), target, position]);
        });
      }
    } else if (field.kind === "geo") {
      for (const key of ["lat", "lng"] as const) {
        const coordinate = (row: RowData) => (read(row) as Record<string, number> | null)?.[key] ?? null;
        columns.push({ name: field[key], type: "REAL", read: coordinate });
      }
    } else if (field.kind === "json" || field.kind === "list") {
      const json = (row: RowData) => (read(row) === null ? null : JSON.stringify(read(row)));
      columns.push({ name: field.column, type: "TEXT", read: json });
    } else {
      const type = field.kind === "one" ? "text" : field.type;
      columns.push({ name: field.column, type: { number: "REAL", boolean: "INTEGER" }[String(type)] ?? "TEXT", read });
    }
  }
  database.exec(`CREATE TABLE "${table}" (${columns.map(({ name, type }) => `"${name}" ${type}`).join(", ")})`);
  const insert = `INSERT INTO "${table}" VALUES (${columns.map(() => "?").join(", ")})`;
  for (const row of rows) {
    const values = columns.map(({ read }) => read(row));
    database.all(
      insert,
      values.map((each) => (typeof each === "boolean" ? Number(each) : (each as string | number | null))),
    );
  }
}
