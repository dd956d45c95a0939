import { type ByMail, endStrangers } from "./by-mail.ts";
import { type Codes, LIFETIMES } from "./codes.ts";
import { requirePassword } from "./require.ts";
import type { Visit } from "./telling.ts";

/** A new password for who forgot theirs. */
export interface Reset {
  /** Sends a link, if the address has an account. */
  forgot(collection: string, email: unknown): void;
  /**
   * Sets the password, ends all sessions, and counts as proof of the address. It signs nobody in: the second
   * factor of an address that was proven before stays.
   * @throws BakendError `invalid_credentials`, `validation_failed`
   */
  reset(token: unknown, password: unknown, collection: unknown, visit: Visit): Promise<void>;
}

/** Makes the flow. */
export function createReset(mail: ByMail, codes: Codes): Reset {
  return {
    forgot(collection, email) {
      mail.ask(collection, email, async (account) => {
        const token = await codes.issue("reset", account);
        return { name: "reset", to: account.email, values: { token, lifetime: LIFETIMES.reset.words } };
      });
    },
    async reset(token, next, collection, visit) {
      const password = requirePassword(next);
      const proven = await mail.prove("reset", token, collection);
      const { account } = proven;
      const told = account.verified ? ["password_reset"] : ["password_reset", "verified"];
      const news = told.map((what) => mail.telling.own(what, account, visit));
      await mail.change(proven, { password, verified: true }, news, endStrangers(account));
    },
  };
}
