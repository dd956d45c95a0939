import { type Collections, noAdmin } from "../collections/index.ts";
import { type Database, isMissed } from "../database/index.ts";
import { BakendError } from "../errors.ts";
import { systemPrincipal } from "../principal.ts";
import { requireAddress, requirePassword } from "./require.ts";
import { USERS } from "./users.ts";

/** The way to the first admin for whoever started the server: by a secret that it printed, once. */
export interface Setup {
  /** Whether there was no admin when the app was built. */
  readonly open: boolean;
  /** Makes the first admin. @throws BakendError `forbidden` for another token, or once there is an admin; `validation_failed` */
  complete(token: unknown, account: { readonly email?: unknown; readonly password?: unknown }): Promise<void>;
}

/** Looks whether there is an admin. Without a token the way stays closed. */
export async function openSetup(db: Database, collections: Collections, token: string | undefined): Promise<Setup> {
  const { catalog } = collections.schema;
  const hasUsers = catalog().get(USERS.name)?.kind === "auth";
  const { rows } = await db.read(noAdmin(catalog()));
  const open = token !== undefined && hasUsers && rows.length > 0;
  return {
    open,
    async complete(given, { email, password }) {
      if (!open || given !== token) throw ended();
      // the system may make accounts without a password; this one would be locked out
      const credentials = { email: requireAddress(email), password: requirePassword(password) };
      const account = { ...credentials, role: "admin", verified: true };
      const users = collections.as(systemPrincipal("first admin")).records(USERS.name);
      // in the same commit: of two who come at once, or of one who comes after another admin was made, none is let in
      await users
        .create(account, () => [{ ...noAdmin(catalog()), expect: 1 }])
        .catch((error: unknown) => {
          throw isMissed(error) ? ended() : error;
        });
    },
  };
}

function ended(): BakendError {
  return new BakendError("forbidden", "This setup link is not valid, or there is an admin already.");
}
