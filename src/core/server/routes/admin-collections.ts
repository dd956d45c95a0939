import { mergePatch } from "../../../tools/index.ts";
import type { ApplyOptions, MigrationPlan, Schema } from "../../collections/index.ts";
import { BakendError, invalidField } from "../../errors.ts";
import { adminOnly } from "../admin-only.ts";
import { readJson } from "../body.ts";
import { doneIn } from "../done-in.ts";
import { json, type Reply } from "../reply.ts";
import { type RequestContext, readFlag, readQuery } from "../request.ts";
import type { Method, Route } from "../route.ts";

/** What the routes need. */
export interface AdminCollectionsDeps {
  readonly schema: Schema;
  /** What files or code declare. */
  readonly declared: readonly unknown[];
  /** Bytes of a body, at most. */
  readonly bodyLimit: number;
}

/** `/api/admin/collections`: definitions, and changes of them, planned and applied as migrations. */
export function adminCollectionRoutes({ schema, declared, bodyLimit }: AdminCollectionsDeps): readonly Route[] {
  const bodyOf = async ({ request }: RequestContext): Promise<unknown> => (await readJson(request, bodyLimit)).value;
  const definitionOf = (name: string) => schema.catalog().get(name)?.definition ?? null;
  const report = (plan: MigrationPlan, { dryRun = false }: ApplyOptions, name: string, status = 200): Reply =>
    json(
      {
        ...{ applied: !dryRun, ...plan, collection: definitionOf(name) },
        warnings: plan.warnings.filter(({ collection }) => collection === name),
      },
      dryRun ? 200 : status,
    );
  const route = (method: Method, path: string, handle: Route["handle"]): Route => ({ method, path, handle });

  return adminOnly([
    route("GET", "/api/admin/collections", async ({ query }) => {
      readQuery(query, []);
      const { plan, drift } = await schema.status(declared);
      const items = schema.catalog().collections.map(({ definition }) => definition);
      return json({ items, drift, pending: plan.steps.map(({ words }) => words) });
    }),
    route("POST", "/api/admin/collections", async (context) => {
      const options = readOptions(context);
      const body = await bodyOf(context);
      const name = nameIn(body) ?? "";
      const make = (current: unknown): unknown => {
        if (current === null) return body;
        throw new BakendError("conflict", `There is a collection ${name} already; PUT or PATCH changes it.`);
      };
      return report(await schema.revise(name, make, options), options, name, 201);
    }),
    route("GET", "/api/admin/collections/:name", ({ params: { name = "" }, query }) => {
      readQuery(query, []);
      return json(definitionOf(name) ?? missing(name));
    }),
    route("PUT", "/api/admin/collections/:name", async (context) => {
      const { name = "" } = context.params;
      const options = readOptions(context);
      const isNew = definitionOf(name) === null;
      const body = withName(name, await bodyOf(context));
      return report(await schema.revise(name, () => body, options), options, name, isNew ? 201 : 200);
    }),
    route("PATCH", "/api/admin/collections/:name", async (context) => {
      const { name = "" } = context.params;
      const options = readOptions(context);
      const patch = withName(name, await bodyOf(context));
      const make = (current: unknown): unknown => mergePatch(current ?? missing(name), patch);
      return report(await schema.revise(name, make, options), options, name);
    }),
    route("DELETE", "/api/admin/collections/:name", async (context) => {
      const { name = "" } = context.params;
      const options = readOptions(context);
      return report(await schema.remove(name, options), options, name);
    }),
  ]);
}

function readOptions(context: RequestContext): ApplyOptions {
  const { dryRun, allowDataLoss } = readQuery(context.query, ["dryRun", "allowDataLoss"]);
  return {
    by: doneIn(context),
    dryRun: readFlag("dryRun", dryRun) ?? false,
    allowDataLoss: readFlag("allowDataLoss", allowDataLoss) ?? false,
  };
}

function nameIn(body: unknown): string | undefined {
  const name = typeof body === "object" && body !== null && "name" in body ? body.name : undefined;
  return typeof name === "string" ? name : undefined;
}

/** The body with the name that the path says. */
function withName(name: string, body: unknown): unknown {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return body;
  if (!("name" in body)) return { name, ...body };
  if (body.name === name) return body;
  throw invalidField(
    "name",
    "immutable",
    `must be ${name}, as in the path; a rename is a PUT at the new name with "renamedFrom"`,
  );
}

function missing(name: string): never {
  throw new BakendError("not_found", `There is no collection ${name.slice(0, 64).toWellFormed()}.`);
}
