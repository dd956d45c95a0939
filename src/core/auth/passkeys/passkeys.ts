import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/server";
import { fromBase64Url, toBase64Url } from "../../../tools/index.ts";
import type { Database } from "../../database/index.ts";
import { BakendError } from "../../errors.ts";
import type { Principal } from "../../principal.ts";
import { type CodeOwner, type Codes, LIFETIMES, type Purpose, spent, strangerOf } from "../codes.ts";
import type { Lookup } from "../lookup.ts";
import { requireText, requireUser } from "../require.ts";
import { type SecondFactor, wrongCode } from "../second-factor.ts";
import type { SignedIn, SignIn } from "../sign-in.ts";
import type { Telling, Visit } from "../telling.ts";
import { notRemoved } from "../ways-in.ts";
import { readNewCredential, readSignedChallenge } from "./credential.ts";
import type { RelyingParty } from "./relying-party.ts";
import { MAX_PASSKEYS, type Passkey, type PasskeyInfo, type PasskeyStore } from "./store.ts";
import { loadWebauthn } from "./webauthn.ts";

/**
 * Passkeys (Web Authentication): a login without address or password. The authenticator has to verify its owner, by a
 * finger, a face or a PIN, so a passkey is both factors at once. Every method throws `BakendError`.
 */
export interface Passkeys {
  /** What `navigator.credentials.create` takes. Whoever has a second factor gives a code of it. */
  registration(principal: Principal, code: unknown): Promise<PublicKeyCredentialCreationOptionsJSON>;
  /** @throws BakendError `invalid_credentials`, `forbidden` on a page where passkeys are not used, `conflict` */
  register(principal: Principal, credential: unknown, name: unknown, visit: Visit): Promise<PasskeyInfo>;
  /** What `navigator.credentials.get` takes: the same for everybody. */
  challenge(): Promise<PublicKeyCredentialRequestOptionsJSON>;
  /** @throws BakendError `invalid_credentials`, the same for a passkey that is not known; `forbidden` */
  login(credential: unknown, visit: Visit): Promise<SignedIn>;
  list(principal: Principal): Promise<readonly PasskeyInfo[]>;
  /** @throws BakendError `not_found`, `conflict` for the last way to sign in */
  remove(principal: Principal, id: string, visit: Visit): Promise<void>;
}

/** What passkeys need. */
export interface PasskeysDeps {
  readonly db: Database;
  readonly telling: Telling;
  readonly store: PasskeyStore;
  readonly party: RelyingParty;
  readonly codes: Codes;
  readonly lookup: Lookup;
  readonly factors: SecondFactor;
  readonly signIn: SignIn;
  newId(): string;
  timestamp(): string;
}

/** What an authenticator shows beside the domain. */
const NAME = "Bakend";
const MAX_NAME = 100;

/** Makes the passkeys of an app. */
export function createPasskeys(deps: PasskeysDeps): Passkeys {
  const { db, telling, store, party, codes, lookup, factors, signIn, newId, timestamp } = deps;

  /** The code is the challenge: good once, and never told by the database. */
  const issue = async (purpose: Purpose, owner: CodeOwner): Promise<Uint8Array<ArrayBuffer>> =>
    fromBase64Url(await codes.issue(purpose, owner));
  const take = async (purpose: Purpose, challenge: string, user?: string): Promise<void> => {
    const proof = await codes.find(purpose, challenge);
    if (!proof || (user !== undefined && proof.user !== user)) throw notGood();
    await spent(db.write([codes.use(proof)])).catch(() => {
      throw notGood();
    });
  };

  return {
    async registration(principal, code) {
      const { collection, id: user, record } = requireUser(principal);
      const owner = { collection, user };
      // it will be both factors: whoever has stolen one of them must not make it
      if ((await factors.status(owner)).totp && !(await factors.use(owner, requireText(code, "code"))))
        throw wrongCode();
      const { generateRegistrationOptions } = await loadWebauthn();
      const email = String(record.email);
      return generateRegistrationOptions({
        ...{ rpName: NAME, rpID: party.id, timeout: LIFETIMES.passkeyRegister.ms, attestationType: "none" },
        ...{ userID: new TextEncoder().encode(user), userName: email, userDisplayName: email },
        challenge: await issue("passkeyRegister", owner),
        excludeCredentials: (await store.list(owner)).map(({ credential }) => ({ id: credential })),
        authenticatorSelection: { residentKey: "required", userVerification: "required" },
      });
    },
    async register(principal, given, name = "Passkey", visit) {
      const { collection, id: user } = requireUser(principal);
      const called = requireText(name, "name").trim().slice(0, MAX_NAME);
      const { id: rawId, challenge, origin, response } = readNewCredential(given);
      await take("passkeyRegister", challenge, user);
      party.check(origin);
      const { verifyRegistrationResponse } = await loadWebauthn();
      const verified = await verifyRegistrationResponse({
        response: { id: rawId, rawId, type: "public-key", clientExtensionResults: {}, response },
        ...{ expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: party.id },
        requireUserVerification: true,
      }).catch(() => null);
      if (!verified?.verified) throw notGood();
      const { credential, credentialBackedUp } = verified.registrationInfo;
      const info = { id: newId(), name: called, synced: credentialBackedUp, createdAt: timestamp(), lastUsedAt: null };
      const passkey: Passkey = {
        ...{ ...info, collection, user, credential: credential.id, counter: credential.counter },
        ...{ publicKey: toBase64Url(credential.publicKey), transports: response.transports },
      };
      const news = telling.by(principal, "passkey_added", { user, collection, passkey: info.id }, visit);
      if (!(await store.add(passkey, news))) throw noRoom();
      return info;
    },
    async challenge() {
      const { generateAuthenticationOptions } = await loadWebauthn();
      return generateAuthenticationOptions({
        ...{ rpID: party.id, timeout: LIFETIMES.passkeyLogin.ms, userVerification: "required" },
        // the collection is that of the passkey, which nobody knows yet
        challenge: await issue("passkeyLogin", { collection: "", user: strangerOf(newId()) }),
      });
    },
    async login(given, visit) {
      const { id: rawId, challenge, origin, response } = readSignedChallenge(given);
      await take("passkeyLogin", challenge);
      party.check(origin);
      const passkey = await store.find(rawId);
      const account = passkey && (await lookup.byId(lookup.collection(passkey.collection), passkey.user));
      if (!passkey || !account) throw notGood();
      const { verifyAuthenticationResponse } = await loadWebauthn();
      const { credential: id, counter, publicKey } = passkey;
      const verified = await verifyAuthenticationResponse({
        response: { id: rawId, rawId, type: "public-key", clientExtensionResults: {}, response },
        ...{ expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: party.id },
        credential: { id, counter, publicKey: fromBase64Url(publicKey) },
        requireUserVerification: true,
      }).catch(() => null);
      const theirs = response.userHandle === undefined || response.userHandle === handleOf(passkey.user);
      const counted = verified?.verified && theirs && verified.authenticationInfo.newCounter;
      // of two uses at once the second finds another counter: it may come from a copy
      if (typeof counted !== "number" || !(await store.used(passkey, counted, timestamp()))) {
        telling.failed("login_failed", { user: passkey.user, collection: passkey.collection }, visit);
        throw notGood();
      }
      return signIn.logIn(account, visit, "passkey");
    },
    async list(principal) {
      const { collection, id: user } = requireUser(principal);
      const all = await store.list({ collection, user });
      return all.map(({ id, name, synced, createdAt, lastUsedAt }) => ({ id, name, synced, createdAt, lastUsedAt }));
    },
    async remove(principal, id, visit) {
      const { collection, id: user } = requireUser(principal);
      const owner = { collection, user };
      const news = telling.by(principal, "passkey_removed", { user, collection, passkey: id }, visit);
      if (!(await store.remove(owner, id, news))) throw notRemoved(await store.list(owner), id, "passkey");
    },
  };
}

/** What an authenticator hands back of an account. */
function handleOf(user: string): string {
  return toBase64Url(new TextEncoder().encode(user));
}

/** The answer to everything that is not good: it does not say why. */
function notGood(): BakendError {
  return new BakendError(
    "invalid_credentials",
    "The passkey is not known or not good here, or the challenge is; ask for a new one.",
  );
}

function noRoom(): BakendError {
  return new BakendError("conflict", `This passkey is known already, or there are ${MAX_PASSKEYS} of them.`);
}
