import type { Collections, RecordData } from "../collections/index.ts";
import { BakendError } from "../errors.ts";
import type { Principal } from "../principal.ts";
import type { AccountRow } from "./lookup.ts";
import type { MfaTokens } from "./mfa-tokens.ts";
import type { FindAccount } from "./principals.ts";
import type { SecondFactor } from "./second-factor.ts";
import type { Account, OpenSession, Sessions } from "./sessions.ts";
import type { Telling, Visit } from "./telling.ts";
import { notGood, type Tokens } from "./tokens.ts";

/** What a login, a registration or a refresh answers with. */
export interface SignedIn {
  readonly token: string;
  readonly refreshToken: string;
  /** When `token` ends; then `refreshToken` gets the next one. */
  readonly expiresAt: string;
  readonly user: RecordData;
}

/** The last steps of every way in. */
export interface SignIn {
  /**
   * After the only step, or the first: a second factor comes before the session. `method` is how that step was taken.
   * @throws BakendError `mfa_required`
   */
  enter(account: AccountRow, visit: Visit, method: string): Promise<SignedIn>;
  /** After all steps. `by` says who did it, where that is not the account's owner. */
  logIn(account: Account, visit: Visit, method: string, by?: Principal): Promise<SignedIn>;
  /** Begins a session, which is no login. */
  open(account: Account, visit: Visit): Promise<SignedIn>;
  answer(session: OpenSession): Promise<SignedIn>;
  /** What a second step remembers of the password that was good at the first. */
  proofOf(account: AccountRow): string;
}

/** What signing in is made of. */
export interface SignInDeps {
  readonly collections: Collections;
  readonly telling: Telling;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly findAccount: FindAccount;
  readonly factors: SecondFactor;
  readonly mfaTokens: MfaTokens;
}

/** Makes the last steps of signing in. */
export function createSignIn(deps: SignInDeps): SignIn {
  const { collections, telling, sessions, tokens, findAccount, factors, mfaTokens } = deps;

  const answer: SignIn["answer"] = async ({ session, refreshToken }) => {
    const user = await findAccount(session.collection, session.user, { session: session.id });
    if (!user) throw notGood();
    const { token, expiresAt } = tokens.sign({ sub: user.id, sid: session.id, role: user.role });
    return { token, refreshToken, expiresAt: new Date(expiresAt).toISOString(), user: collections.own(user) };
  };
  const proofOf: SignIn["proofOf"] = ({ passwordHash }) => tokens.digest(`proof:${passwordHash ?? ""}`);
  const logIn: SignIn["logIn"] = async (account, visit, method, by) => {
    const { user, collection } = account;
    const news = by
      ? telling.by(by, "login", { user, collection, method }, visit)
      : telling.own("login", account, visit, { method });
    return answer(await sessions.start(account, visit.device, news));
  };
  return {
    answer,
    proofOf,
    logIn,
    open: async (account, { device }) => answer(await sessions.start(account, device)),
    async enter(account, visit, method) {
      const { collection, user } = account;
      if (!(await factors.status({ collection, user })).totp) return logIn(account, visit, method);
      const mfaToken = mfaTokens.make({ collection, user, method, proof: proofOf(account) });
      throw new BakendError("mfa_required", "Send a code, with the mfaToken, to /api/auth/mfa/verify.", { mfaToken });
    },
  };
}
