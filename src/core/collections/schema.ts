import { createInTurn } from "../../tools/index.ts";
import { type Database, DatabaseError, type FaultKind, isMissed, type Statement } from "../database/index.ts";
import { BakendError } from "../errors.ts";
import type { EventBus, EventDetail, EventStream } from "../events/index.ts";
import { type Catalog, createCatalog } from "./catalog.ts";
import { checkAgainst, checkDefinition } from "./check.ts";
import { checkRole, checkRoles } from "./check-role.ts";
import { createCollection } from "./collection.ts";
import type { CollectionDefinition } from "./definition.ts";
import {
  createStore,
  isAlike,
  type MigrationPlan,
  type MigrationRecord,
  migrationStatements,
  planMigration,
  readDefinitions,
  readHistory,
  readShapes,
  reconcile,
  type StoredDefinition,
  withoutRenames,
} from "./migrations/index.ts";
import { createRoles, dropRole, keepRole, ROLE_TABLE, type Role, readRoles } from "./roles/index.ts";
import { unindexedRules } from "./unindexed.ts";

/** Where declared and stored definitions stand to each other. */
export interface SchemaStatus {
  readonly plan: MigrationPlan;
  /** Where files and database disagree, in words. */
  readonly drift: readonly string[];
  /** True if there is nothing to do, not even to note what was declared. */
  readonly settled: boolean;
  /** True if the plan may be applied without a person's word: nothing is lost, nothing stands in the way. */
  readonly safe: boolean;
}

/** How a change of definitions may be applied. */
export interface ApplyOptions {
  readonly allowDataLoss?: boolean;
  /** Only plans: nothing is changed, and nothing refused for what it would lose or cannot do. */
  readonly dryRun?: boolean;
  /** Who changes it, to be told with the change. */
  readonly by?: EventDetail;
}

/** The collections' definitions: what is in force, and how it changes. */
export interface Schema {
  catalog(): Catalog;
  /** True if the database had never been used before this start. */
  readonly firstBoot: boolean;
  /** Compares declarations with the database. `force`: the declarations win, even over changes made in the database. */
  status(declared: readonly unknown[], options?: { readonly force?: boolean }): Promise<SchemaStatus>;
  /** Applies declarations. @throws BakendError `conflict` for what would lose data or is impossible */
  apply(declared: readonly unknown[], options?: ApplyOptions & { readonly force?: boolean }): Promise<MigrationPlan>;
  /** Creates or changes one collection. @throws BakendError `validation_failed`, `conflict` */
  define(definition: unknown, options?: ApplyOptions): Promise<MigrationPlan>;
  /** Like `define`, with what `make` makes of the definition in force (null for none): no other change comes in between. */
  revise(
    name: string,
    make: (current: CollectionDefinition | null) => unknown,
    options?: ApplyOptions,
  ): Promise<MigrationPlan>;
  /** Drops a collection. @throws BakendError `not_found`, `conflict` */
  remove(name: string, options?: ApplyOptions): Promise<MigrationPlan>;
  /** Creates or changes a role. @throws BakendError `validation_failed` */
  defineRole(name: string, definition: unknown, by?: EventDetail): Promise<Role>;
  /** Forgets a role; users who have it keep its name. @throws BakendError `not_found`, `conflict` if another includes it */
  removeRole(name: string, by?: EventDetail): Promise<void>;
  /** Takes over definitions that another process has changed meanwhile. Resolves to true if there were any. */
  refresh(): Promise<boolean>;
  /** What an earlier start or call did, the newest first. */
  history(): Promise<readonly MigrationRecord[]>;
}

/**
 * Opens the definitions that a database remembers. `stream` is where events are read, if they are not kept in it; no collection
 * may have a name that is `taken` by a plugin.
 */
export async function openSchema(
  db: Database,
  events: EventBus,
  stream: Pick<EventStream, "ends"> | null,
  timestamp: () => string,
  taken: ReadonlySet<string>,
): Promise<Schema> {
  const firstBoot = await createStore(db);
  await db.alter(ROLE_TABLE);
  let stored = await readDefinitions(db);
  let catalog = catalogOf(stored, await readRoles(db), stream ? undefined : await readShapes(db));

  const plan = async (wanted: readonly StoredDefinition[]): Promise<MigrationPlan> => {
    const next = catalogOf(wanted, catalog.roles.all);
    refuseTwins(next);
    refuseTaken(next, taken);
    for (const collection of next.collections) checkAgainst(next, collection);
    checkRoles(next);
    const steps = await planMigration(db, catalog.collections, next.collections, timestamp());
    return { ...steps, warnings: unindexedRules(next) };
  };

  const named = (name: string): StoredDefinition | undefined => stored.find((one) => one.name === name);

  /** One change after the other: each is planned on what the one before it left. */
  const inTurn = createInTurn();

  /** The same as the database remembers, for a stream that begins with this process. */
  const shapesAfter = async (
    definitions: readonly StoredDefinition[],
    of: Pick<EventStream, "ends">,
  ): Promise<Shapes> => {
    const { newest } = await of.ends();
    return new Map(
      definitions.map((one) => [
        one.name,
        isAlike(named(one.name), one) ? (catalog.get(one.name)?.since ?? 0) : newest,
      ]),
    );
  };

  const adopt = async (definitions: readonly StoredDefinition[], roles: readonly Role[]): Promise<void> => {
    const shapes = stream ? await shapesAfter(definitions, stream) : await readShapes(db);
    stored = definitions;
    catalog = catalogOf(definitions, roles, shapes);
  };

  /** Changes roles once they are known to fit each other and the collections. */
  const commitRoles = async (
    roles: readonly Role[],
    change: Statement,
    changed: string,
    by: EventDetail | undefined,
  ): Promise<void> => {
    checkRoles(catalogOf(stored, roles));
    await db.write([change]);
    await adopt(stored, await readRoles(db));
    events.emit(
      "system.role_changed",
      { role: changed, exists: roles.some((one) => one.name === changed) },
      "collections",
      by,
    );
  };

  const commit = async (
    wanted: readonly StoredDefinition[],
    { allowDataLoss = false, dryRun = false, by }: ApplyOptions,
  ): Promise<MigrationPlan> => {
    const steps = await plan(wanted);
    if (dryRun) return steps;
    refuseUnsafe(steps, allowDataLoss);
    const settled = wanted.map(renamesDone);
    await db.alter(migrationStatements(steps, stored, settled, timestamp())).catch(refusedByDatabase);
    await adopt(await readDefinitions(db), catalog.roles.all);
    for (const name of new Set(steps.steps.map((step) => step.collection))) {
      events.emit(
        "system.collection_changed",
        { collection: name, exists: catalog.get(name) !== undefined },
        "collections",
        by,
      );
    }
    return steps;
  };

  /** All but this one; of one that is declared it is remembered that it was dropped here. */
  const without = (name: string): readonly StoredDefinition[] =>
    stored.flatMap((one) => (one.name !== name ? [one] : one.declared ? [{ ...one, definition: null }] : []));

  const change = (input: unknown, options: ApplyOptions): Promise<MigrationPlan> => {
    const definition = checkDefinition(input);
    const { name, renamedFrom } = definition;
    const others = renamedFrom === undefined ? stored : without(renamedFrom);
    const fresh = { name, definition, declared: named(name)?.declared ?? null };
    return commit([...others.filter((one) => one.name !== name), fresh], options);
  };

  return {
    catalog: () => catalog,
    firstBoot,
    async status(declared, { force = false } = {}) {
      const { wanted, drift, conflict } = reconcile(stored, declared.map(checkDefinition), force);
      const steps = await plan(wanted);
      const safe = !conflict && steps.losses.length === 0 && steps.obstacles.length === 0;
      return { plan: steps, drift, safe, settled: sameDefinitions(wanted, stored) };
    },
    apply: (declared, options = {}) =>
      inTurn(async () => {
        const { wanted, drift, conflict } = reconcile(stored, declared.map(checkDefinition), options.force ?? false);
        if (conflict) throw new BakendError("conflict", `${drift.join("; ")}.`);
        return commit(wanted, options);
      }),
    define: (input, options = {}) => inTurn(async () => change(input, options)),
    revise: (name, make, options = {}) => inTurn(async () => change(make(named(name)?.definition ?? null), options)),
    remove: (name, options = {}) =>
      inTurn(async () => {
        if (!named(name)?.definition)
          throw new BakendError("not_found", `There is no collection ${name.slice(0, 64)}.`);
        return commit(without(name), options);
      }),
    defineRole: (name, definition, by) =>
      inTurn(async () => {
        const role = checkRole(name, definition);
        const others = (await readRoles(db)).filter((one) => one.name !== name);
        await commitRoles([...others, role], keepRole(role, timestamp()), name, by);
        return role;
      }),
    removeRole: (name, by) =>
      inTurn(async () => {
        const roles = await readRoles(db);
        const others = roles.filter((one) => one.name !== name);
        if (others.length === roles.length)
          throw new BakendError("not_found", `There is no role ${name.slice(0, 64)}.`);
        const holder = others.find((one) => one.includes.includes(name));
        if (holder) throw new BakendError("conflict", `The role ${holder.name} includes ${name}.`);
        await commitRoles(others, dropRole(name), name, by);
      }),
    refresh: () =>
      inTurn(async () => {
        const current = await readDefinitions(db);
        const roles = await readRoles(db);
        if (JSON.stringify([current, roles]) === JSON.stringify([stored, catalog.roles.all])) return false;
        await adopt(current, roles);
        return true;
      }),
    history: () => readHistory(db),
  };
}

type Shapes = ReadonlyMap<string, number>;

function catalogOf(definitions: readonly StoredDefinition[], roles: readonly Role[], shapes?: Shapes): Catalog {
  return createCatalog(
    definitions.flatMap(({ name, definition }) =>
      definition ? [createCollection(definition, shapes?.get(name))] : [],
    ),
    createRoles(roles),
  );
}

const REFUSALS: readonly FaultKind[] = ["unique", "foreign_key", "not_null", "check", "other"];

/** What no plan foresaw, such as a view whose query does not fit. Everything is as it was. */
function refusedByDatabase(error: unknown): never {
  if (isMissed(error)) {
    throw new BakendError("conflict", "Another process has just changed the definitions; try again.", { cause: error });
  }
  if (!(error instanceof DatabaseError) || !REFUSALS.includes(error.fault.kind)) throw error;
  throw new BakendError("conflict", `The database refuses this change: ${error.fault.message}.`, { cause: error });
}

function renamesDone({ definition, ...rest }: StoredDefinition): StoredDefinition {
  return { ...rest, definition: definition && withoutRenames(definition) };
}

/** Whether the database would remember nothing new. */
function sameDefinitions(left: readonly StoredDefinition[], right: readonly StoredDefinition[]): boolean {
  const text = (all: readonly StoredDefinition[]): string =>
    JSON.stringify([...all].sort((a, b) => (a.name < b.name ? -1 : 1)).map(renamesDone));
  return text(left) === text(right);
}

/** SQLite tells no `Posts` from `posts`. */
function refuseTwins({ collections }: Catalog): void {
  const seen = new Set<string>();
  for (const { name } of collections) {
    const folded = name.toLowerCase();
    if (seen.has(folded))
      throw new BakendError("validation_failed", `There are two collections called ${name} (case does not count).`);
    seen.add(folded);
  }
}

function refuseTaken({ collections }: Catalog, taken: ReadonlySet<string>): void {
  const found = collections.find(({ name }) => taken.has(name));
  if (!found) return;
  throw new BakendError(
    "validation_failed",
    `A collection ${found.name} would have the events of the plugin ${found.name}.`,
    {
      errors: [{ field: "name", code: "enum", message: "is the name of a plugin" }],
    },
  );
}

function refuseUnsafe({ losses, obstacles }: MigrationPlan, allowDataLoss: boolean): void {
  if (obstacles.length > 0) throw new BakendError("conflict", `This cannot be done: ${obstacles.join("; ")}.`);
  if (losses.length > 0 && !allowDataLoss) {
    throw new BakendError("conflict", `This would lose data: ${losses.join("; ")}. Say so explicitly to go on.`);
  }
}
