import type { Auth } from "../../auth/index.ts";
import {
  type Collections,
  DEFAULT_LIMIT,
  type ListAnswer,
  type ListQuery,
  type Records,
} from "../../collections/index.ts";
import { BakendError, invalidField } from "../../errors.ts";
import { type Principal, unscoped } from "../../principal.ts";
import { adminOnly } from "../admin-only.ts";
import { visitOf } from "../auth-posts.ts";
import { readJson } from "../body.ts";
import { PAGE_PARAMETERS, toListQuery } from "../list-query.ts";
import { json, NO_CONTENT } from "../reply.ts";
import { readQuery } from "../request.ts";
import type { Method, Route } from "../route.ts";
import { changed, ifMatch } from "./records.ts";

/** What the routes need. */
export interface AdminUsersDeps {
  readonly collections: Collections;
  readonly sessions: ReturnType<Auth["over"]>["sessions"];
  /** Bytes of a body, at most. */
  readonly bodyLimit: number;
}

/** The records of one collection of accounts. */
interface Accounts extends Records {
  readonly name: string;
}

/** `/api/admin/users`: the accounts of every collection that has any, through the door of their records. */
export function adminUserRoutes({ collections, sessions, bodyLimit }: AdminUsersDeps): readonly Route[] {
  const accountsOf = (principal: Principal): readonly Accounts[] => {
    const access = collections.as(unscoped(principal));
    const all = collections.schema.catalog().collections.filter(({ kind }) => kind === "auth");
    return all.map(({ name }) => ({ name, ...access.records(name) }));
  };
  /** The account with this id, and where it is. @throws BakendError `not_found` */
  const find = async (principal: Principal, id = "") => {
    for (const accounts of accountsOf(principal)) {
      const record = await accounts.get(id).catch(notFound);
      if (record) return { accounts, record };
    }
    throw new BakendError("not_found", `There is no account ${id.slice(0, 64).toWellFormed()}.`);
  };
  const route = (method: Method, path: string, handle: Route["handle"]): Route => ({ method, path, handle });

  return adminOnly([
    route("GET", "/api/admin/users", async ({ principal, query }) => {
      const { collection, ...asked } = readQuery(query, ["collection", ...PAGE_PARAMETERS]);
      const all = accountsOf(principal).filter(({ name }) => collection === undefined || name === collection);
      if (collection !== undefined && all.length === 0)
        throw new BakendError("bad_request", `collection: ${collection.slice(0, 64).toWellFormed()} has no accounts.`);
      return json(await listAll(all, toListQuery(asked)));
    }),
    route("GET", "/api/admin/users/:id", async ({ principal, params: { id = "" }, query }) => {
      readQuery(query, []);
      const { accounts, record } = await find(principal, id);
      const open = await sessions.list(accounts.name, id);
      const shown = open.map(({ user: _user, collection: _collection, ...session }) => session);
      return json({ ...record, collection: accounts.name, sessions: shown }, 200, { "cache-control": "no-store" });
    }),
    route("PATCH", "/api/admin/users/:id", async (context) => {
      const { id = "" } = context.params;
      const condition = ifMatch(context);
      const { ends, data } = changesIn((await readJson(context.request, bodyLimit)).value);
      const { accounts, record } = await find(context.principal, id);
      const now = Object.keys(data).length > 0 ? await accounts.update(id, data, condition) : record;
      if (ends) await sessions.endAll(accounts.name, id, context.principal, visitOf(context));
      return changed({ ...now, collection: accounts.name });
    }),
    route("DELETE", "/api/admin/users/:id", async (context) => {
      const condition = ifMatch(context);
      const { accounts } = await find(context.principal, context.params.id);
      await accounts.delete(context.params.id ?? "", condition);
      return NO_CONTENT;
    }),
  ]);
}

/** One collection after the other: a cursor says in which one the list goes on, and where. */
async function listAll(all: readonly Accounts[], query: ListQuery): Promise<ListAnswer> {
  const { cursor, limit = DEFAULT_LIMIT, count, ...rest } = query;
  if (query.page !== undefined && all.length > 1)
    throw new BakendError("bad_request", "page goes with collection; otherwise follow cursor.");
  const [start = "", ...inner] = cursor?.split(".") ?? [];
  const first = cursor === undefined ? 0 : all.findIndex(({ name }) => name === start);
  if (first < 0) throw new BakendError("bad_request", "The cursor is not one of this list.");
  const items: ListAnswer["items"][number][] = [];
  let next: string | null = null;
  for (const [index, accounts] of all.slice(first).entries()) {
    if (index > 0 && items.length === limit) {
      next = `${accounts.name}.`;
      break;
    }
    const at = index === 0 ? inner.join(".") : "";
    const page = await accounts.list({ ...rest, limit: limit - items.length, ...(at === "" ? {} : { cursor: at }) });
    items.push(...page.items.map((one) => ({ ...one, collection: accounts.name })));
    if (page.next === null) continue;
    next = `${accounts.name}.${page.next}`;
    break;
  }
  if (!count) return { items, next };
  const totals = await Promise.all(all.map((accounts) => accounts.count(query)));
  return { items, next, total: totals.reduce((sum, one) => sum + one, 0) };
}

/** Whether sessions are to end, and what is to change. */
function changesIn(value: unknown): { readonly ends: boolean; readonly data: Readonly<Record<string, unknown>> } {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalidField("body", "type", "must be a JSON object");
  const { endSessions: ends = false, ...data } = value as Readonly<Record<string, unknown>>;
  if (typeof ends !== "boolean") throw invalidField("endSessions", "type", "must be true or false");
  return { ends, data };
}

function notFound(error: unknown): null {
  if (error instanceof BakendError && error.code === "not_found") return null;
  throw error;
}
