import type { Collection, Collections, RecordData } from "../collections/index.ts";
import { BakendError } from "../errors.ts";
import { type Principal, systemPrincipal } from "../principal.ts";
import type { Lookup } from "./lookup.ts";
import { ended, type FirstStep, type MfaTokens } from "./mfa-tokens.ts";
import type { Passwords } from "./passwords.ts";
import { requireAccount, requireText, requireUser } from "./require.ts";
import { type Enrolment, type FactorOwner, type SecondFactor, wrongCode } from "./second-factor.ts";
import { type Session, type Sessions, wrongCredentials } from "./sessions.ts";
import type { SignedIn, SignIn } from "./sign-in.ts";
import { createAndTell, type Telling, type Visit } from "./telling.ts";

/** The ways into an account and out of it. Every method throws `BakendError`. */
export interface Accounts {
  /** Whether anybody may make an account. */
  readonly registration: "open" | "closed";
  register(collection: string, data: unknown, visit: Visit): Promise<SignedIn>;
  /** @throws BakendError `mfa_required` where a second step must follow; `invalid_credentials`, the same for an unknown address and after the same time */
  login(collection: string, email: unknown, password: unknown, visit: Visit): Promise<SignedIn>;
  /** The second step of a login. @throws BakendError `unauthenticated`, `invalid_credentials` */
  verifyFactor(mfaToken: unknown, code: unknown, visit: Visit): Promise<SignedIn>;
  /** Who is taking the second step, for the one who counts tries. @throws BakendError `unauthenticated` */
  firstStep(mfaToken: unknown): FirstStep;
  factor(principal: Principal): Promise<Awaited<ReturnType<SecondFactor["status"]>>>;
  enrollFactor(principal: Principal): Promise<Enrolment>;
  activateFactor(principal: Principal, code: unknown, visit: Visit): Promise<readonly string[]>;
  /** @throws BakendError `invalid_credentials` unless the password, or a code, is right */
  removeFactor(
    principal: Principal,
    proof: { readonly password?: unknown; readonly code?: unknown },
    visit: Visit,
  ): Promise<void>;
  refresh(refreshToken: unknown, visit: Visit): Promise<SignedIn>;
  logout(refreshToken: unknown, visit: Visit): Promise<void>;
  /** The account of a signed-in principal. @throws BakendError `unauthenticated` */
  me(principal: Principal): RecordData;
  sessions(
    principal: Principal,
  ): Promise<readonly (Omit<Session, "user" | "collection"> & { readonly current: boolean })[]>;
  endSession(principal: Principal, id: string, visit: Visit): Promise<void>;
  endOtherSessions(principal: Principal, visit: Visit): Promise<void>;
  /** Ends all sessions and signs in anew. */
  changePassword(principal: Principal, current: unknown, next: unknown, visit: Visit): Promise<SignedIn>;
}

/** What accounts are made of. */
export interface AccountsDeps {
  readonly collections: Collections;
  readonly telling: Telling;
  readonly lookup: Lookup;
  readonly signIn: SignIn;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly factors: SecondFactor;
  readonly mfaTokens: MfaTokens;
  /** Whether anybody may make an account. */
  readonly registration: "open" | "closed";
  /** Told of an account that somebody has made. */
  welcome(collection: string, user: string): void;
}

/** Fields that no one chooses for an account of their own. */
const NOT_CHOSEN = ["id", "role", "verified", "createdAt", "updatedAt", "version"];

/** Makes the accounts of an app. */
export function createAccounts(deps: AccountsDeps): Accounts {
  const { collections, telling, lookup, signIn, passwords, sessions, factors, mfaTokens } = deps;
  const system = collections.as({ ...systemPrincipal("accounts"), guest: true });

  return {
    registration: deps.registration,
    async register(name, data, visit) {
      const collection = lookup.collection(name);
      if (deps.registration === "closed") throw new BakendError("forbidden", "Registration is closed.");
      requireCredentials(collection, data);
      const user = await createAndTell(system.records(collection.name), data, (id) =>
        telling.own("register", { user: id, collection: name }, visit),
      );
      deps.welcome(name, user);
      return signIn.open({ collection: name, user }, visit);
    },
    async login(name, email, password, visit) {
      const collection = lookup.collection(name);
      if (typeof email !== "string" || typeof password !== "string") throw missingCredentials();
      const account = await lookup.byEmail(collection, email);
      if (!(await passwords.verify(password, account?.passwordHash ?? null)) || !account) {
        telling.failed("login_failed", { collection: name, ...(account ? { user: account.user } : {}) }, visit);
        throw wrongCredentials();
      }
      return signIn.enter(account, visit, "password");
    },
    async verifyFactor(mfaToken, code, visit) {
      const { proof, method, ...owner } = mfaTokens.read(requireText(mfaToken, "mfaToken"));
      const account = await lookup.byId(lookup.collection(owner.collection), owner.user);
      if (!account || proof !== signIn.proofOf(account)) throw ended();
      if (!(await factors.use(owner, requireText(code, "code")))) {
        telling.failed("mfa_failed", owner, visit);
        throw wrongCode();
      }
      return signIn.logIn(account, visit, method);
    },
    firstStep: (mfaToken) => mfaTokens.read(requireText(mfaToken, "mfaToken")),
    factor: async (principal) => factors.status(ownerOf(principal)),
    async enrollFactor(principal) {
      const { record } = requireUser(principal);
      return factors.enroll(ownerOf(principal), String(record.email));
    },
    async activateFactor(principal, code, visit) {
      const owner = ownerOf(principal);
      return factors.activate(owner, requireText(code, "code"), telling.by(principal, "mfa_enabled", owner, visit));
    },
    async removeFactor(principal, { password, code }, visit) {
      const owner = ownerOf(principal);
      const known = await lookup.byId(lookup.collection(owner.collection), owner.user);
      const proven =
        password === undefined
          ? await factors.use(owner, requireText(code, "code"))
          : await passwords.verify(requireText(password, "password"), known?.passwordHash ?? null);
      if (!proven) throw new BakendError("invalid_credentials", "The password or the code is wrong.");
      await factors.remove(owner, telling.by(principal, "mfa_disabled", owner, visit));
    },
    async refresh(refreshToken, visit) {
      return signIn.answer(await sessions.refresh(requireText(refreshToken, "refreshToken"), visit));
    },
    async logout(refreshToken, visit) {
      const session = await sessions.find(requireText(refreshToken, "refreshToken"));
      await sessions.end(session.id, telling.own("logout", session, visit));
    },
    me: (principal) => collections.own(requireAccount(principal)),
    async sessions(principal) {
      const user = requireUser(principal);
      const all = await sessions.list(user.collection, user.id);
      return all.map(({ user: _user, collection: _collection, ...session }) => ({
        ...session,
        current: session.id === user.session,
      }));
    },
    async endSession(principal, id, visit) {
      const { collection, id: user } = requireUser(principal);
      const news = telling.by(principal, "logout", { user, collection }, visit);
      if (!(await sessions.endOwn(collection, user, id, news)))
        throw new BakendError("not_found", "You have no such session.");
    },
    async endOtherSessions(principal, visit) {
      const { collection, id: user, session } = requireUser(principal);
      await sessions.endAll(collection, user, telling.by(principal, "logout", { user, collection }, visit), session);
    },
    async changePassword(principal, current, next, visit) {
      const user = requireUser(principal);
      const account = await lookup.byId(lookup.collection(user.collection), user.id);
      const given = requireText(current, "currentPassword");
      if (!(await passwords.verify(given, account?.passwordHash ?? null))) {
        throw new BakendError("invalid_credentials", "The current password is wrong.");
      }
      // the record's own door hashes it and ends every session in the same commit
      const data = { password: requireText(next, "password") };
      const owner = { collection: user.collection, user: user.id };
      const news = telling.by(principal, "password_change", owner, visit);
      await system.records(user.collection).update(user.id, data, {}, () => news.statements);
      news.tell();
      return signIn.open(owner, visit);
    },
  };
}

function ownerOf(principal: Principal): FactorOwner {
  const { collection, id } = requireUser(principal);
  return { collection, user: id };
}

/**
 * Nobody is signed in yet, so whatever only some may write is not theirs to choose.
 * @throws BakendError `validation_failed`
 */
export function requireCredentials({ fields }: Collection, data: unknown): void {
  const body: Readonly<Record<string, unknown>> = typeof data === "object" && data !== null ? { ...data } : {};
  const guarded = fields
    .filter(({ definition }) => (definition.permissions?.write ?? "public") !== "public")
    .map(({ name }) => name);
  const errors = [
    ...[...NOT_CHOSEN, ...guarded]
      .filter((name) => Object.hasOwn(body, name))
      .map((field) => ({
        field,
        code: "immutable" as const,
        message: "cannot be chosen",
      })),
    ...["email", "password"]
      .filter((name) => body[name] === undefined)
      .map((field) => ({ field, code: "required" as const, message: "is required" })),
  ];
  const [first] = errors;
  if (first) throw new BakendError("validation_failed", `${first.field} ${first.message}.`, { errors });
}

function missingCredentials(): BakendError {
  return new BakendError("bad_request", 'Send { "email": "...", "password": "..." }.');
}
