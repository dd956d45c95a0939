import { COMMENT, NOTE, SHELF } from "./project.ts";

/**
 * A door as it is tried by everybody. Each cell is a status, with `+` where the answer shows what is looked for or (of a
 * write) something is changed. The columns are guest, owner, other, role, admin. `draft` is for what no role grants.
 */
export interface Row {
  readonly name: string;
  /** As the route list has it. */
  readonly route: string;
  readonly path: string;
  readonly body?: object;
  /** What a read shows; the note unless it says otherwise. */
  readonly shows?: RegExp;
  readonly review: string;
  readonly draft: string;
}

type More = Pick<Row, "body" | "shows">;

/** `GET /api/:collection`, the path asked for, and the cells; once where both marks have the same. */
function row(name: string, route: string, path: string, review: string, draft = review, more: More = {}): Row {
  return { name, route, path, review, draft, ...more };
}

/** The same cells for both marks. */
const SAME = undefined;
const LIST = "GET /api/:collection";
const VIEW = "GET /api/:collection/:id";
const BATCH = "POST /api/batch";
const operation = (op: string, collection: string, id?: string, data?: object): More => ({
  body: { operations: [{ op, collection, ...(id ? { id } : {}), ...(data ? { data } : {}) }] },
});
const ANY_ITEM = /"items":\[\{/;

/** What is open to its owner, to a role where it is granted, and to admins: read, and changed. */
const READ = ["401 200+ 404 200+ 200+", "401 200+ 404 404 200+"] as const;
const LISTED = ["401 200+ 200 200+ 200+", "401 200+ 200 200 200+"] as const;
const CHANGE = READ;
const REMOVE = ["401 204+ 404 204+ 204+", "401 204+ 404 404 204+"] as const;
const [title, theirs] = [{ title: "changed" }, { title: "new", mark: "$MARK", author: "$OWNER" }];
const own = { title: "new", mark: "$MARK" };

/** Records, by action. */
// biome-ignore format: a table
const RECORDS: readonly Row[] = [
  row("view", VIEW, `/api/notes/${NOTE}`, ...READ),
  row("view, some fields", VIEW, `/api/notes/${NOTE}?fields=title`, ...READ),
  row("view by expand", VIEW, `/api/comments/${COMMENT}?expand=note`, "200 200+ 200 200+ 200+", "200 200+ 200 200 200+"),
  row("view by expand back", VIEW, `/api/shelves/${SHELF}?expand=notes_via_shelf`, "200 200+ 200 200+ 200+", "200 200+ 200 200 200+"),
  row("list", LIST, "/api/notes", ...LISTED),
  row("list by filter", LIST, "/api/notes?filter=1=1||title~'secret'", ...LISTED),
  row("list by search", LIST, "/api/notes?search=secret", ...LISTED),
  row("list in pages", LIST, "/api/notes?page=1&limit=1&sort=title", ...LISTED),
  row("list, counted", LIST, "/api/notes?count=true&fields=id", ...LISTED, { shows: /"total":1/ }),
  row("list in figures", LIST, "/api/notes?aggregate=count()", ...LISTED, { shows: /"count":1/ }),
  row("list in groups", LIST, "/api/notes?aggregate=count()&group=title", ...LISTED),
  row("list by expand", LIST, "/api/comments?expand=note", "200 200+ 200 200+ 200+", "200 200+ 200 200 200+"),
  row("list by expand back", LIST, "/api/shelves?expand=notes_via_shelf", "200 200+ 200 200+ 200+", "200 200+ 200 200 200+"),
  row("list by a filter on the way", LIST, "/api/comments?filter=note.title~'secret'", "400 200+ 200 200+ 200+", "400 200+ 200 200 200+", { shows: ANY_ITEM }),
  row("list by a filter back", LIST, "/api/shelves?filter=notes_via_shelf.title~'secret'", "400 200+ 200 200+ 200+", "400 200+ 200 200 200+", { shows: ANY_ITEM }),
  row("create", "POST /api/:collection", "/api/notes", "401 201+ 201+ 201+ 201+", SAME, { body: own }),
  row("create for somebody", "POST /api/:collection", "/api/notes", "401 201+ 403 201+ 201+", "401 201+ 403 403 201+", { body: theirs }),
  row("create many", "POST /api/:collection", "/api/notes", "401 201+ 403 201+ 201+", "401 201+ 403 403 201+", { body: [own, theirs] }),
  row("create in a batch", BATCH, "/api/batch", "401 200+ 403 200+ 200+", "401 200+ 403 403 200+", operation("create", "notes", undefined, theirs)),
  row("create by upsert", BATCH, "/api/batch", "401 200+ 403 200+ 200+", "401 200+ 403 403 200+", operation("upsert", "notes", "01900000-0000-7000-8000-000000000099", theirs)),
  row("update", "PATCH /api/:collection/:id", `/api/notes/${NOTE}`, ...CHANGE, { body: title }),
  row("update by replacement", "PUT /api/:collection/:id", `/api/notes/${NOTE}`, ...CHANGE, { body: { ...own, author: "$OWNER" } }),
  row("update in a batch", BATCH, "/api/batch", ...CHANGE, operation("update", "notes", NOTE, title)),
  row("update by upsert", BATCH, "/api/batch", ...CHANGE, operation("upsert", "notes", NOTE, title)),
  row("update that gives away", "PATCH /api/:collection/:id", `/api/notes/${NOTE}`, "401 403 404 200+ 200+", "401 403 404 404 200+", { body: { author: null } }),
  row("update out of reach", "PATCH /api/:collection/:id", `/api/notes/${NOTE}`, "401 200+ 404 403 200+", "401 200+ 404 404 200+", { body: { mark: "done" } }),
  row("delete", "DELETE /api/:collection/:id", `/api/notes/${NOTE}`, ...REMOVE),
  row("delete in a batch", BATCH, "/api/batch", ...CHANGE, operation("delete", "notes", NOTE)),
  row("listen", "GET /api/realtime/sse", "/api/realtime/sse?channel=notes.*,shelves.*", ...LISTED),
  row("listen to one", "GET /api/realtime/sse", `/api/realtime/sse?channel=notes/${NOTE},shelves.*`, ...LISTED),
];

/** Accounts are records too: the owner's. */
const MAIL = /owner@example/;
const fresh = { email: "new@example.com", mark: "$MARK" };
// biome-ignore format: a table
const ACCOUNTS: readonly Row[] = [
  row("view an account", VIEW, "/api/users/$OWNER", ...READ, { shows: MAIL }),
  row("list accounts", LIST, "/api/users", ...LISTED, { shows: MAIL }),
  row("create an account", "POST /api/:collection", "/api/users", "401 403 403 201+ 201+", "401 403 403 403 201+", { body: fresh }),
  row("update an account", "PATCH /api/:collection/:id", "/api/users/$OWNER", ...CHANGE, { body: { email: "x@example.com" } }),
  row("raise an account", "PATCH /api/:collection/:id", "/api/users/$OWNER", "400 400 400 400 200+", SAME, { body: { role: "admin" } }),
  row("delete an account", "DELETE /api/:collection/:id", "/api/users/$OWNER", ...REMOVE),
  row("listen to accounts", "GET /api/realtime/sse", "/api/realtime/sse?channel=users.*,shelves.*", ...LISTED, { shows: MAIL }),
];

const EVERYBODY = "200 200 200 200 200";
const SIGNED_IN = "401 200 200 200 200";
const ADMINS = "401 403 403 403 200";
const NOBODY = "401 401 401 401 401";

// biome-ignore format: a table
const AUTH: readonly Row[] = [
  row("register", "POST /api/auth/register", "/api/auth/register", "201+ 201+ 201+ 201+ 201+", SAME, { body: { email: "new@example.com", password: "$PASSWORD" } }),
  row("register as an admin", "POST /api/auth/register", "/api/auth/register", "400 400 400 400 400", SAME, { body: { email: "new@example.com", password: "$PASSWORD", role: "admin" } }),
  row("log in", "POST /api/auth/login", "/api/auth/login", EVERYBODY, SAME, { body: { email: "owner@example.com", password: "$PASSWORD" } }),
  row("log in with a guess", "POST /api/auth/login", "/api/auth/login", NOBODY, SAME, { body: { email: "owner@example.com", password: "a wrong guess" } }),
  row("refresh with nothing", "POST /api/auth/refresh", "/api/auth/refresh", NOBODY, SAME, { body: { refreshToken: "x" } }),
  row("log out with nothing", "POST /api/auth/logout", "/api/auth/logout", NOBODY, SAME, { body: { refreshToken: "x" } }),
  row("oneself", "GET /api/auth/me", "/api/auth/me", "401 200+ 200 200 200", SAME, { shows: MAIL }),
  row("ways in", "GET /api/auth/methods", "/api/auth/methods", EVERYBODY),
  row("sessions", "GET /api/auth/sessions", "/api/auth/sessions", "401 200+ 200 200 200", SAME, { shows: /the-owners-device/ }),
  row("end sessions", "DELETE /api/auth/sessions", "/api/auth/sessions", "401 204 204 204 204"),
  row("end a session", "DELETE /api/auth/sessions/:id", "/api/auth/sessions/$SESSION", "401 204 404 404 404"),
  row("change the password", "POST /api/auth/password/change", "/api/auth/password/change", "401 200+ 200+ 200+ 200+", SAME, { body: { currentPassword: "$PASSWORD", password: "another long one" } }),
  row("forget the password", "POST /api/auth/password/forgot", "/api/auth/password/forgot", "204 204 204 204 204", SAME, { body: { email: "owner@example.com" } }),
  row("reset with a guess", "POST /api/auth/password/reset", "/api/auth/password/reset", NOBODY, SAME, { body: { token: "x", password: "another long one" } }),
  row("ask for proof", "POST /api/auth/verify/request", "/api/auth/verify/request", "204 204 204 204 204", SAME, { body: { email: "owner@example.com" } }),
  row("prove with a guess", "POST /api/auth/verify/confirm", "/api/auth/verify/confirm", NOBODY, SAME, { body: { token: "x" } }),
  row("another address", "POST /api/auth/email/change", "/api/auth/email/change", "401 204 204 204 204", SAME, { body: { email: "x@example.com", password: "$PASSWORD" } }),
  row("another address with a guess", "POST /api/auth/email/confirm", "/api/auth/email/confirm", NOBODY, SAME, { body: { token: "x" } }),
  row("ask for a code", "POST /api/auth/otp/request", "/api/auth/otp/request", "204 204 204 204 204", SAME, { body: { email: "owner@example.com" } }),
  row("guess a code", "POST /api/auth/otp/login", "/api/auth/otp/login", NOBODY, SAME, { body: { email: "owner@example.com", code: "000000" } }),
  row("second factor", "GET /api/auth/mfa", "/api/auth/mfa", SIGNED_IN),
  row("guess a second factor", "POST /api/auth/mfa/verify", "/api/auth/mfa/verify", NOBODY, SAME, { body: { mfaToken: "x", code: "000000" } }),
  row("begin a second factor", "POST /api/auth/mfa/totp/enroll", "/api/auth/mfa/totp/enroll", "401 201 201 201 201", SAME, { body: {} }),
  row("turn on what was not begun", "POST /api/auth/mfa/totp/activate", "/api/auth/mfa/totp/activate", "401 409 409 409 409", SAME, { body: { code: "000000" } }),
  row("turn it off with a guess", "POST /api/auth/mfa/totp/disable", "/api/auth/mfa/totp/disable", NOBODY, SAME, { body: { password: "a wrong guess" } }),
  row("keys", "GET /api/auth/keys", "/api/auth/keys", "401 200+ 200 200 200", SAME, { shows: /owner-key/ }),
  row("make a key", "POST /api/auth/keys", "/api/auth/keys", "401 201 201 201 201", SAME, { body: { name: "k", scopes: ["*"] } }),
  row("make a robot", "POST /api/auth/keys", "/api/auth/keys", "401 403 403 403 201", SAME, { body: { name: "k", scopes: ["*"], role: "admin" } }),
  row("revoke a key", "DELETE /api/auth/keys/:id", "/api/auth/keys/$KEY", "401 204 404 404 404"),
  row("passkeys", "GET /api/auth/passkeys", "/api/auth/passkeys", "401 200+ 200 200 200", SAME, { shows: /owner-passkey/ }),
  row("begin a passkey", "POST /api/auth/passkeys/register/options", "/api/auth/passkeys/register/options", SIGNED_IN, SAME, { body: {} }),
  row("make a passkey of nothing", "POST /api/auth/passkeys/register/verify", "/api/auth/passkeys/register/verify", "401 400 400 400 400", SAME, { body: { credential: {} } }),
  row("revoke a passkey", "DELETE /api/auth/passkeys/:id", "/api/auth/passkeys/$PASSKEY", "401 204 404 404 404"),
  row("ask for a passkey", "POST /api/auth/passkeys/login/options", "/api/auth/passkeys/login/options", EVERYBODY, SAME, { body: {} }),
  row("log in with no passkey", "POST /api/auth/passkeys/login/verify", "/api/auth/passkeys/login/verify", "400 400 400 400 400", SAME, { body: { credential: {} } }),
  row("go to a provider", "GET /api/auth/oauth/:provider", "/api/auth/oauth/github", "302 302 302 302 302"),
  row("come back from nowhere", "GET /api/auth/oauth/:provider/callback", "/api/auth/oauth/github/callback?code=x&state=x", NOBODY),
  row("come back by a form", "POST /api/auth/oauth/:provider/callback", "/api/auth/oauth/github/callback", "415 415 415 415 415", SAME, { body: {} }),
  row("begin to link an identity", "POST /api/auth/oauth/:provider/link", "/api/auth/oauth/github/link", SIGNED_IN, SAME, { body: {} }),
  row("log in with a guessed code", "POST /api/auth/oauth/:provider/token", "/api/auth/oauth/github/token", NOBODY, SAME, { body: { code: "x" } }),
  row("identities", "GET /api/auth/identities", "/api/auth/identities", "401 200+ 200 200 200", SAME, { shows: /owners-provider/ }),
  row("forget an identity", "DELETE /api/auth/identities/:id", "/api/auth/identities/$IDENTITY", "401 204 404 404 404"),
  row("invitations", "GET /api/auth/invitations", "/api/auth/invitations", "401 403 403 403 200+", SAME, { shows: /guest@example/ }),
  row("invite", "POST /api/auth/invitations", "/api/auth/invitations", "401 403 403 403 201", SAME, { body: { email: "new@example.com" } }),
  row("revoke an invitation", "DELETE /api/auth/invitations/:email", "/api/auth/invitations/guest@example.com", "401 403 403 403 204"),
  row("accept with a guess", "POST /api/auth/invitations/accept", "/api/auth/invitations/accept", NOBODY, SAME, { body: { token: "x", password: "another long one" } }),
  row("the setup page", "GET /api/auth/setup", "/api/auth/setup", EVERYBODY),
  row("set up a second time", "POST /api/auth/setup", "/api/auth/setup", "403 403 403 403 403", SAME, { body: { token: "the-setup-token", email: "new@example.com", password: "$PASSWORD" } }),
];

/** A protected file of the owner, which the note holds. */
// biome-ignore format: a table
const STORAGE: readonly Row[] = [
  row("upload what is no form", "POST /api/storage/upload", "/api/storage/upload", "401 415 415 415 415", SAME, { body: {} }),
  row("read a file", "GET /api/storage/:id", "/api/storage/$FILE", "404 200+ 404 200+ 200+", "404 200+ 404 404 200+"),
  row("read a part of it, with a guess", "GET /api/storage/:id", "/api/storage/$FILE?expires=9999999999&signature=x", "404 200+ 404 200+ 200+", "404 200+ 404 404 200+"),
  row("sign for a file", "POST /api/storage/:id/sign", "/api/storage/$FILE/sign", "404 200 404 200 200", "404 200 404 404 200", { body: {} }),
  row("delete a file", "DELETE /api/storage/:id", "/api/storage/$FILE", "404 204+ 404 403 204+", "404 204+ 404 404 204+"),
  row("view a file by expand", VIEW, `/api/notes/${NOTE}?expand=paper`, "401 200+ 404 200+ 200+", "401 200+ 404 404 200+", { shows: /paper.txt/ }),
];

const TAGS = { name: "tags", fields: [{ name: "name", type: "text" }] };
// biome-ignore format: a table
const ADMIN: readonly Row[] = [
  row("definitions", "GET /api/admin/collections", "/api/admin/collections", ADMINS),
  row("make a collection", "POST /api/admin/collections", "/api/admin/collections", "401 403 403 403 201+", SAME, { body: TAGS }),
  row("a definition", "GET /api/admin/collections/:name", "/api/admin/collections/notes", ADMINS),
  row("replace a definition", "PUT /api/admin/collections/:name", "/api/admin/collections/tags", "401 403 403 403 201+", SAME, { body: TAGS }),
  row("open a collection", "PATCH /api/admin/collections/:name", "/api/admin/collections/notes", "401 403 403 403 200+", SAME, { body: { permissions: { read: "public" } } }),
  row("drop a collection", "DELETE /api/admin/collections/:name", "/api/admin/collections/comments?allowDataLoss=true", "401 403 403 403 200+"),
  row("roles", "GET /api/admin/roles", "/api/admin/roles", ADMINS),
  row("a role", "GET /api/admin/roles/:name", "/api/admin/roles/editor", ADMINS),
  row("define a role", "PUT /api/admin/roles/:name", "/api/admin/roles/user", "401 403 403 403 200+", SAME, { body: { permissions: { "notes.view": true } } }),
  row("forget a role", "DELETE /api/admin/roles/:name", "/api/admin/roles/editor", "401 403 403 403 204+"),
  row("accounts", "GET /api/admin/users", "/api/admin/users", "401 403 403 403 200+", SAME, { shows: MAIL }),
  row("an account", "GET /api/admin/users/:id", "/api/admin/users/$OWNER", "401 403 403 403 200+", SAME, { shows: MAIL }),
  row("raise somebody", "PATCH /api/admin/users/:id", "/api/admin/users/$OWNER", "401 403 403 403 200+", SAME, { body: { role: "admin" } }),
  row("remove somebody", "DELETE /api/admin/users/:id", "/api/admin/users/$OWNER", "401 403 403 403 204+"),
  row("events", "GET /api/admin/events", "/api/admin/events?type=notes.*", "401 403 403 403 200+", SAME, { shows: /notes.created/ }),
  row("jobs", "GET /api/admin/jobs", "/api/admin/jobs", ADMINS),
  row("a job", "GET /api/admin/jobs/:name", "/api/admin/jobs/x", "401 403 403 403 404"),
  row("run a job", "POST /api/admin/jobs/:name/run", "/api/admin/jobs/x/run", "401 403 403 403 404", SAME, { body: {} }),
  row("pause a job", "POST /api/admin/jobs/:name/pause", "/api/admin/jobs/x/pause", "401 403 403 403 404"),
  row("resume a job", "POST /api/admin/jobs/:name/resume", "/api/admin/jobs/x/resume", "401 403 403 403 404"),
  row("runs", "GET /api/admin/jobs/:name/runs", "/api/admin/jobs/x/runs", "401 403 403 403 404"),
  row("the queue", "GET /api/admin/queue", "/api/admin/queue", ADMINS),
  row("a queued job", "GET /api/admin/queue/:id", "/api/admin/queue/x", "401 403 403 403 404"),
  row("cancel a job", "DELETE /api/admin/queue/:id", "/api/admin/queue/x", "401 403 403 403 404"),
  row("webhooks", "GET /api/admin/webhooks", "/api/admin/webhooks", ADMINS),
  row("make a webhook", "POST /api/admin/webhooks", "/api/admin/webhooks", "401 403 403 403 201", SAME, { body: { url: "https://example.com", events: ["*"] } }),
  row("a webhook", "GET /api/admin/webhooks/:id", "/api/admin/webhooks/x", "401 403 403 403 404"),
  row("change a webhook", "PATCH /api/admin/webhooks/:id", "/api/admin/webhooks/x", "401 403 403 403 404", SAME, { body: {} }),
  row("remove a webhook", "DELETE /api/admin/webhooks/:id", "/api/admin/webhooks/x", "401 403 403 403 404"),
  row("attempts", "GET /api/admin/webhooks/:id/attempts", "/api/admin/webhooks/x/attempts", "401 403 403 403 404"),
  row("deliveries", "GET /api/admin/deliveries", "/api/admin/deliveries", ADMINS),
  row("replay a delivery", "POST /api/admin/deliveries/:id/replay", "/api/admin/deliveries/1/replay", "401 403 403 403 404"),
  row("forget a delivery", "DELETE /api/admin/deliveries/:id", "/api/admin/deliveries/1", "401 403 403 403 404"),
  row("files", "GET /api/admin/storage", "/api/admin/storage", "401 403 403 403 200+", SAME, { shows: /paper.txt/ }),
  row("functions", "GET /api/admin/functions", "/api/admin/functions", ADMINS),
  row("log lines", "GET /api/admin/logs", "/api/admin/logs", "401 403 403 403 200+", SAME, { shows: /"message":"a line"/ }),
  row("settings", "GET /api/admin/settings", "/api/admin/settings", ADMINS),
  row("explain", "POST /api/admin/rules/explain", "/api/admin/rules/explain", ADMINS, SAME, { body: { collection: "notes", action: "view", as: null, record: NOTE } }),
];

// biome-ignore format: a table
const REST: readonly Row[] = [
  ...["GET", "POST", "PUT", "PATCH", "DELETE"].map((method) =>
    row(`a function that is not there, by ${method}`, `${method} /api/functions/*`, "/api/functions/hello", "404 404 404 404 404")),
  row("the root", "GET /", "/", EVERYBODY),
  row("health", "GET /health", "/health", EVERYBODY),
  row("life", "GET /livez", "/livez", EVERYBODY),
  row("readiness", "GET /readyz", "/readyz", EVERYBODY),
  row("figures", "GET /metrics", "/metrics", EVERYBODY),
  row("the description", "GET /api/openapi.json", "/api/openapi.json", EVERYBODY),
  row("the panel", "GET /_/*", "/_/collections/notes", EVERYBODY),
  row("the page of it", "GET /api/docs", "/api/docs", EVERYBODY),
  row("where sockets are opened", "GET /api/realtime", "/api/realtime", "400 400 400 400 400"),
];

/** Every door, and what each kind of principal gets there. */
export const TABLE: readonly Row[] = [...RECORDS, ...ACCOUNTS, ...AUTH, ...STORAGE, ...ADMIN, ...REST];
