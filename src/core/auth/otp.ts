import type { FillRandom } from "../../tools/index.ts";
import type { Database } from "../database/index.ts";
import type { Outbox } from "../mail/index.ts";
import { type ByMail, endStrangers, requireMail } from "./by-mail.ts";
import { type CodeOwner, type Codes, LIFETIMES, spent, strangerOf, voidCode } from "./codes.ts";
import type { AccountRow, Lookup } from "./lookup.ts";
import { requireText } from "./require.ts";
import { randomSecret } from "./secret.ts";
import type { SignedIn, SignIn } from "./sign-in.ts";
import type { Visit } from "./telling.ts";

/** Codes of six digits, by mail, in the place of a password. */
export interface Otp {
  /** Sends a code, if the address has an account. */
  request(collection: string, email: unknown, visit: Visit): void;
  /**
   * Signs in. The first proof of an address ends sessions, password, keys and second factor from before.
   * @throws BakendError `mfa_required`; `invalid_credentials`, the same and after the same work for an unknown address
   */
  login(collection: string, email: unknown, code: unknown, visit: Visit): Promise<SignedIn>;
}

/** What the flow needs. */
export interface OtpDeps {
  readonly db: Database;
  readonly lookup: Lookup;
  readonly codes: Codes;
  readonly outbox: Outbox;
  readonly signIn: SignIn;
  readonly random: FillRandom;
}

/** Makes the flow. */
export function createOtp(mail: ByMail, { db, lookup, codes, outbox, signIn, random }: OtpDeps): Otp {
  /** An unknown address has codes too, which are sent to nobody: so that a guess does the same work. */
  const find = async (
    collection: string,
    address: string,
  ): Promise<{ readonly account: AccountRow | null; readonly owner: CodeOwner }> => {
    const account = await lookup.byEmail(lookup.collection(collection), address);
    return { account, owner: account ?? { collection, user: strangerOf(address) } };
  };

  return {
    request(collection, email, visit) {
      requireMail(outbox);
      lookup.collection(collection);
      const address = requireText(email, "email");
      outbox.post(async () => {
        const { account, owner } = await find(collection, address);
        const code = await codes.issueDigits("otp", owner);
        if (!account) return null;
        mail.telling.failed("otp_requested", { user: account.user, collection }, visit);
        return { name: "otp", to: account.email, values: { code, lifetime: LIFETIMES.otp.words } };
      });
    },
    async login(collection, email, code, visit) {
      const address = requireText(email, "email");
      const { account, owner } = await find(collection, address);
      const proof = await codes.guess("otp", owner, requireText(code, "code").trim());
      if (!proof || !account) {
        mail.telling.failed("login_failed", { collection, ...(account ? { user: account.user } : {}) }, visit);
        throw voidCode();
      }
      if (account.verified) {
        await spent(db.write([codes.use(proof)]));
        return signIn.enter(account, visit, "otp");
      }
      // a password that nobody knows ends what was signed in with the old one
      const password = randomSecret(random);
      const news = [mail.telling.own("verified", account, visit)];
      await mail.change({ proof, account }, { password, verified: true }, news, endStrangers(account));
      const proven = await lookup.byId(lookup.collection(collection), account.user);
      if (!proven) throw voidCode();
      return signIn.enter(proven, visit, "otp");
    },
  };
}
