import { createLru } from "../../tools/index.ts";
import type { Catalog } from "../collections/index.ts";
import { type Database, sqliteDialect } from "../database/index.ts";
import { ANONYMOUS, type Principal } from "../principal.ts";
import { type AccessClaims, notGood, type Tokens } from "./tokens.ts";

/** Finds out who is asking. */
export interface Guard {
  /**
   * The principal of a request: anonymous without a token.
   * @throws BakendError `unauthenticated` for a token that is not good, or whose session or account has ended
   */
  identify(request: Request): Principal | Promise<Principal>;
}

/** Principals that are kept while nothing about them changes. */
const REMEMBERED = 10_000;

interface Known {
  readonly version: number;
  readonly principal: Principal;
}

/** What the guard needs. */
export interface GuardDeps {
  readonly db: Database;
  readonly tokens: Tokens;
  catalog(): Catalog;
  timestamp(): string;
}

/**
 * Makes the guard. A signature is verified once; session and account are looked at on every request, so that logout,
 * demotion and deletion count from the next request on, whichever process they happened in.
 */
export function createGuard({ db, tokens, catalog, timestamp }: GuardDeps): Guard {
  const known = createLru<string, Known>(REMEMBERED);

  const principalOf = async (claims: AccessClaims): Promise<Principal> => {
    const { rows: sessions } = await db.read({
      sql: `SELECT "collection" FROM "_sessions" WHERE "id" = ? AND "user" = ? AND "expiresAt" > ?`,
      params: [claims.sid, claims.sub, timestamp()],
    });
    const collection = catalog().get(String(sessions[0]?.collection));
    if (collection?.kind !== "auth") throw notGood();
    const { rows } = await db.read({
      sql: `SELECT ${collection.stored.select} FROM ${sqliteDialect.quote(collection.name)} AS r WHERE r."id" = ?`,
      params: [claims.sub],
    });
    const row = rows[0];
    if (!row) throw notGood();
    const version = Number(row.version);
    const kept = known.get(claims.sid);
    if (kept?.version === version) return kept.principal;
    const record: Record<string, unknown> = { ...collection.stored.decode(row) };
    // what nobody may see, no rule may tell of
    for (const field of collection.fields) if (field.definition.hidden) delete record[field.name];
    const principal: Principal = {
      kind: "user",
      id: claims.sub,
      role: String(record.role),
      collection: collection.name,
      session: claims.sid,
      record,
    };
    known.set(claims.sid, { version, principal });
    return principal;
  };

  return {
    identify(request) {
      const header = request.headers.get("authorization");
      if (header === null) return ANONYMOUS;
      const [, token] = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(header) ?? [];
      if (token === undefined) throw notGood();
      const claims = tokens.verify(token);
      return claims instanceof Promise ? claims.then(principalOf) : principalOf(claims);
    },
  };
}
