import type { Letter, Outbox } from "../mail/index.ts";
import type { Principal } from "../principal.ts";
import { type ByMail, requireMail } from "./by-mail.ts";
import { type Codes, LIFETIMES } from "./codes.ts";
import type { AccountRow, Lookup } from "./lookup.ts";
import { requireUser } from "./require.ts";
import type { Visit } from "./telling.ts";

/** The proof that an address is its account's. */
export interface Verification {
  /** Sends a link to a new account, if there are mails. */
  welcome(collection: string, user: string): void;
  /** Sends a link to the address, or to whoever is signed in; none to an address that was proven. */
  request(principal: Principal, collection: string, email: unknown): void;
  /** @throws BakendError `invalid_credentials` */
  confirm(token: unknown, collection: unknown, visit: Visit): Promise<void>;
}

/** Makes the flow. */
export function createVerification(mail: ByMail, codes: Codes, lookup: Lookup, outbox: Outbox): Verification {
  const write = async (account: AccountRow): Promise<Letter | null> => {
    if (account.verified) return null;
    const token = await codes.issue("verify", account);
    return { name: "verify", to: account.email, values: { token, lifetime: LIFETIMES.verify.words } };
  };
  const welcome: Verification["welcome"] = (collection, user) =>
    outbox.post(async () => {
      const account = await lookup.byId(lookup.collection(collection), user);
      return account && write(account);
    });
  return {
    welcome,
    request(principal, collection, email) {
      if (email !== undefined) {
        mail.ask(collection, email, write);
        return;
      }
      const user = requireUser(principal);
      requireMail(outbox);
      welcome(user.collection, user.id);
    },
    async confirm(token, collection, visit) {
      const proven = await mail.prove("verify", token, collection);
      await mail.change(proven, { verified: true }, [mail.telling.own("verified", proven.account, visit)]);
    },
  };
}
