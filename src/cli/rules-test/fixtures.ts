import type { App } from "../../core/app.ts";
import type { Collection } from "../../core/collections/index.ts";
import { BakendError } from "../../core/errors.ts";
import { systemPrincipal } from "../../core/principal.ts";
import { UsageError } from "../command.ts";
import type { RuleTable } from "./table.ts";

/** The records of a table as they are in the database. */
export interface Fixtures {
  /** The id of a record by its name. Throws `UsageError` if the table has none of that name. */
  idOf(collection: string, name: string, where: string): string;
  /** The account of that name, in whichever collection of accounts. Throws `UsageError`. */
  account(name: string, where: string): { readonly user: string; readonly collection: string };
  /** The same values with names of records in relations replaced by their ids. */
  resolve(collection: string, data: Readonly<Record<string, unknown>>, where: string): Record<string, unknown>;
}

/** Writes a table's roles and records through the engine's own door. Throws `UsageError` for what does not fit. */
export async function writeFixtures(app: App, { roles, records }: RuleTable, file: string): Promise<Fixtures> {
  const { schema } = app.collections;
  const system = app.as(systemPrincipal("rules test"));
  const ids = new Map<string, string>();
  const place = (collection: string, name: string): string => `${collection}/${name}`;
  const collectionOf = (name: string, where: string): Collection => {
    const collection = schema.catalog().get(name);
    if (!collection) throw new UsageError(`${where}: there is no collection ${name}`);
    return collection;
  };

  const fixtures: Fixtures = {
    idOf(collection, name, where) {
      const id = ids.get(place(collection, name));
      if (id === undefined) throw new UsageError(`${where}: the table has no record ${place(collection, name)}`);
      return id;
    },
    account(name, where) {
      const holders = schema.catalog().collections.filter((one) => one.kind === "auth" && records[one.name]?.[name]);
      const [holder] = holders;
      if (!holder) throw new UsageError(`${where}: the table has no account ${name}`);
      return { user: fixtures.idOf(holder.name, name, where), collection: holder.name };
    },
    resolve(collectionName, data, where) {
      const collection = collectionOf(collectionName, where);
      const entries = Object.entries(data).map(([key, value]) => {
        const target = collection.field(key)?.link?.target;
        const idFor = (one: unknown): unknown =>
          typeof one === "string" && target !== undefined ? (ids.get(place(target, one)) ?? one) : one;
        return [key, Array.isArray(value) ? value.map(idFor) : idFor(value)];
      });
      return Object.fromEntries(entries);
    },
  };

  /** Names of records that this one points at, which have to be there first. */
  const needs = (
    collection: Collection,
    data: Readonly<Record<string, unknown>>,
  ): readonly (readonly [string, string])[] =>
    Object.entries(data).flatMap(([key, value]) => {
      const target = collection.field(key)?.link?.target;
      if (target === undefined) return [];
      return [value]
        .flat()
        .flatMap((one) => (typeof one === "string" && records[target]?.[one] ? [[target, one] as const] : []));
    });

  const write = async (collectionName: string, name: string, above: readonly string[]): Promise<void> => {
    const at = place(collectionName, name);
    if (ids.has(at)) return;
    const where = `${file}: records.${collectionName}.${name}`;
    if (above.includes(at)) throw new UsageError(`${where} points at itself, by way of ${above.join(", ")}`);
    const collection = collectionOf(collectionName, where);
    const data = records[collectionName]?.[name] ?? {};
    for (const [target, other] of needs(collection, data)) await write(target, other, [...above, at]);
    const email = collection.kind === "auth" ? { email: `${name.toLowerCase()}@example.com` } : {};
    const body = { ...email, ...fixtures.resolve(collectionName, data, where) };
    const record = await system.records(collectionName).create(body).catch(misfit(where));
    ids.set(at, String(record.id));
  };

  for (const [name, definition] of Object.entries(roles))
    await schema.defineRole(name, definition).catch(misfit(`${file}: roles.${name}`));
  for (const [collection, named] of Object.entries(records)) {
    collectionOf(collection, `${file}: records.${collection}`);
    for (const name of Object.keys(named)) await write(collection, name, []);
  }
  return fixtures;
}

function misfit(where: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof BakendError)) throw error;
    const fields = (error.errors ?? []).map(({ field, message }) => `${field} ${message}`);
    throw new UsageError(`${where}: ${fields.length > 0 ? fields.join("; ") : error.message}`);
  };
}
