import { environmentTypes, TYPES_FILE, type TypedCollection } from "./environment-types/index.ts";

/** A file of a new project. */
export interface NewFile {
  readonly path: string;
  readonly text: string;
  /** Only its owner may read it. */
  readonly secret: boolean;
}

/** The files that a new project consists of. */
export function newProject(secret: string): NewFile[] {
  const config = { port: 8080, database: "./bakend.db", storage: "./storage", secret };
  return [
    { path: "bakend.json", text: json(config), secret: true },
    { path: "collections/posts.json", text: json(POSTS), secret: false },
    { path: "tests/rules/posts.json", text: json(POSTS_TABLE), secret: false },
    { path: "functions/posts.ts", text: POSTS_FUNCTIONS, secret: false },
    { path: TYPES_FILE, text: environmentTypes([USERS, POSTS]), secret: false },
    { path: "tsconfig.json", text: json(TSCONFIG), secret: false },
    { path: "jobs/cleanup.ts", text: CLEANUP_JOB, secret: false },
    { path: ".gitignore", text: IGNORED, secret: false },
    { path: "README.md", text: README, secret: false },
  ];
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** Everyone may add posts and read what is published; the rest is for admins, as there is no rule for it. */
const POSTS: TypedCollection & Readonly<Record<string, unknown>> = {
  name: "posts",
  fields: [
    { name: "title", type: "text", required: true, max: 200 },
    { name: "body", type: "richtext" },
    { name: "status", type: "select", options: ["draft", "published"], default: "draft" },
  ],
  indexes: [{ fields: ["status", "createdAt"] }],
  permissions: { read: "status = 'published'", create: "public" },
};

/** Who may do what with posts, for `bak rules test`. */
const POSTS_TABLE = {
  records: {
    users: { ann: {}, root: { role: "admin" } },
    posts: { draft: { title: "A draft" }, hello: { title: "Hello", status: "published" } },
  },
  cases: [
    {
      as: "guest",
      allow: ["view posts/hello", "list posts/hello", { do: "create posts", data: { title: "Hi" } }],
      deny: ["view posts/draft", "list posts/draft", "delete posts/hello"],
    },
    { as: "ann", allow: ["view posts/hello"], deny: [{ do: "update posts/hello", data: { title: "Mine" } }] },
    { as: "root", allow: ["view posts/draft", "delete posts/hello"] },
  ],
};

/** Users as they are made at the first start. */
const USERS: TypedCollection = {
  name: "users",
  kind: "auth",
  fields: [
    { name: "email", type: "email", required: true },
    { name: "verified", type: "boolean", required: true },
    { name: "role", type: "text", required: true },
  ],
};

const POSTS_FUNCTIONS = `import { beforeCreate, FieldError, onCreate, onRequest } from "bakend";

// before a post is stored: changes or refuses it
beforeCreate("posts", ({ record }) => {
  const title = record.title.trim();
  if (title === "") throw new FieldError("title", "required", "must not be blank");
  return { title };
});

// after a post is stored
onCreate("posts", ({ record, log }) => {
  log.info("a new post", record.title);
});

// GET /api/functions/hello/World
onRequest("GET", "/hello/:name", async ({ params, db }) => {
  const posts = await db.collection("posts").count();
  return Response.json({ hello: params.name, posts });
});
`;

const CLEANUP_JOB = `import type { JobContext } from "bakend";

// every night at three
export const schedule = "0 3 * * *";
export const retries = 3;

// throws away drafts that nobody has touched for a month
export default async ({ db, log }: JobContext) => {
  const month = new Date(Date.now() - 30 * 86_400_000).toISOString();
  const { items } = await db.collection("posts").list({ filter: \`status = 'draft' && updatedAt < '\${month}'\`, limit: 100 });
  for (const { id } of items) await db.collection("posts").delete(id);
  log.info("old drafts deleted", items.length);
};
`;

/** For editors and tsc; functions themselves need none. */
const TSCONFIG = {
  compilerOptions: {
    target: "ESNext",
    module: "ESNext",
    moduleResolution: "bundler",
    lib: ["ESNext", "DOM", "DOM.Iterable"],
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
  },
  include: ["functions", "jobs", TYPES_FILE, "bakend.config.ts"],
};

const IGNORED = `# bakend.json holds the secret that signs tokens. To share it, move the secret out: BAKEND_SECRET or BAKEND_SECRET_FILE.
bakend.json
bakend.db
bakend.db-*
storage/
mail/
*.log
node_modules/
`;

const README = `# A Bakend project

    bak dev      serves it and follows changes
    bak start    serves it

- \`bakend.json\`: the configuration. Every setting can also come from the environment: \`BAKEND_PORT=9000\`,
  \`BAKEND_SECRET_FILE=/run/secrets/bakend\`.
- \`collections/*.json\`: what is stored, and who may do what with it. Without a rule, only admins may.
- \`tests/rules/*.json\`: tables of who may do what, played by \`bak rules test\`.
- \`functions/**/*.ts\`: code of your own, called by events, before writes and over HTTP. \`bak dev\` keeps their types,
  \`bakend-env.d.ts\`, current.

- \`jobs/*.ts\`: work that is done by a clock, later, or for events.

    curl http://127.0.0.1:8080/api/functions/hello/World

    curl http://127.0.0.1:8080/api/posts
    curl http://127.0.0.1:8080/api/posts -H 'content-type: application/json' -d '{"title":"Hello","status":"published"}'
`;
