import type { Records } from "../collections/index.ts";
import { type Database, isMissed, type Statement } from "../database/index.ts";
import { actorOf, doneBy, type EventBus, type EventDetail, type EventLog } from "../events/index.ts";
import { ANONYMOUS, type Principal } from "../principal.ts";

/** Where somebody comes from who wants something of an account. */
export interface Visit {
  /** What the client calls itself. */
  readonly device: string;
  /** The client's address, if it is known. */
  readonly address: string | undefined;
}

/** Whom something happens to. */
interface Whom {
  readonly user: string;
  readonly collection: string;
}

/** What there is to tell of a change: kept in its commit, so that neither is ever there without the other, and told after it. */
export interface News {
  readonly statements: readonly Statement[];
  tell(): void;
}

/** Tells of accounts. A payload holds ids and nothing personal; where somebody came from is kept with who it was. */
export interface Telling {
  /** That the account changes itself, which whoever does it has proven to be theirs. */
  own(what: string, whom: Whom, visit: Visit, more?: object): News;
  /** That somebody changes it. */
  by(principal: Principal, what: string, payload: object, visit: Visit): News;
  /** That nobody knows who changes it. */
  unproven(what: string, payload: object, visit: Visit): News;
  /** That nobody knows who tried, and nothing came of it: told at once. */
  failed(what: string, payload: object, visit: Visit): void;
}

/** Makes the way to tell; without a log nothing is kept. */
export function createTelling(events: EventBus, log: Pick<EventLog, "insert"> | null): Telling {
  const news = (what: string, payload: object, who: EventDetail): News => {
    const event = events.prepare(`auth.${what}`, payload, "auth");
    return {
      statements: log ? [log.insert(event, who)] : [],
      tell: () => events.publish(event, who),
    };
  };
  const by: Telling["by"] = (principal, what, payload, { address }) =>
    news(what, payload, doneBy(actorOf(principal), address));
  return {
    by,
    own: (what, { user, collection }, { address }, more = {}) =>
      news(what, { user, collection, ...more }, doneBy({ kind: "user", id: user }, address)),
    unproven: (what, payload, visit) => by(ANONYMOUS, what, payload, visit),
    failed(what, payload, { address }) {
      events.emit(`auth.${what}`, payload, "auth", doneBy(actorOf(ANONYMOUS), address));
    },
  };
}

/** Commits statements together with what there is to tell of them, and tells it then. */
export async function commitNews(
  db: Pick<Database, "write">,
  statements: readonly Statement[],
  ...news: readonly News[]
): Promise<void> {
  await db.write([...statements, ...statementsOf(news)]);
  tellAll(news);
}

/** The same; false, and nothing is told, if a statement meets other rows than it expects. */
export async function tryNews(
  db: Pick<Database, "write">,
  statements: readonly Statement[],
  ...news: readonly News[]
): Promise<boolean> {
  return commitNews(db, statements, ...news).then(
    () => true,
    (error: unknown) => {
      if (isMissed(error)) return false;
      throw error;
    },
  );
}

/** Makes a record together with what there is to tell of it, and tells it then. Resolves to its id. */
export async function createAndTell(
  records: Pick<Records, "create">,
  data: unknown,
  newsOf: (id: string) => News,
  ...alongside: readonly Statement[]
): Promise<string> {
  let news: News | undefined;
  const { id } = await records.create(data, (record) => {
    news = newsOf(String(record.id));
    return [...alongside, ...news.statements];
  });
  news?.tell();
  return String(id);
}

/** What keeps all of this, to be committed by somebody else. */
export function statementsOf(news: readonly News[]): readonly Statement[] {
  return news.flatMap(({ statements }) => statements);
}

/** To be called once that is done. */
export function tellAll(news: readonly News[]): void {
  for (const one of news) one.tell();
}
