import { toBase64Url } from "../../../tools/index.ts";
import type { Database } from "../../database/index.ts";
import { BakendError } from "../../errors.ts";
import type { Principal } from "../../principal.ts";
import { type Codes, type Proof, spent, strangerOf, voidCode } from "../codes.ts";
import type { Identities, IdentityInfo } from "../identities.ts";
import type { AccountRow, Lookup } from "../lookup.ts";
import { ended } from "../mfa-tokens.ts";
import type { Origins } from "../origins.ts";
import { requireText, requireUser } from "../require.ts";
import type { SignedIn, SignIn } from "../sign-in.ts";
import type { Telling, Visit } from "../telling.ts";
import { notRemoved } from "../ways-in.ts";
import type { Linking, LinkProof } from "./linking.ts";
import type { People } from "./people.ts";
import type { Person, Provider } from "./provider.ts";

/** How a login through a provider is to go. */
export interface Wish {
  readonly collection?: string | undefined;
  /** Where the browser goes in the end, with a code; without one, the answer to the browser is that of a login. */
  readonly redirect?: string | undefined;
  /** SHA-256 of what the code must come with (RFC 7636), in base64url. */
  readonly codeChallenge?: string | undefined;
}

/** Where a browser is sent, and the secret that must come back with it. */
export interface Begun {
  readonly location: string;
  readonly state: string;
}

/** How a login ended: signed in, or a way on; or what a link came to. */
export type Landed =
  | { readonly signedIn: SignedIn }
  | { readonly location: string }
  /** The provider that leads to the account from now on. */
  | { readonly linked: string };

/** Logins through providers (OAuth 2 with PKCE, OpenID Connect). Every method throws `BakendError`. */
export interface OAuth {
  /** The names of the providers. */
  readonly providers: readonly string[];
  /** @throws BakendError `bad_request` for a redirect that is not allowed, `not_found`, `unavailable` */
  begin(provider: string, wish: Wish): Promise<Begun>;
  /**
   * What a provider sent the browser back with. `held` is the state that this browser was given: nobody finishes a login
   * that somebody else has begun.
   * @throws BakendError `unauthenticated`, `invalid_credentials`, `mfa_required`, `conflict`, `forbidden`, `unavailable`; with a redirect they go there
   */
  land(
    provider: string,
    parameters: URLSearchParams,
    held: string | undefined,
    principal: Principal,
    visit: Visit,
  ): Promise<Landed>;
  /** Begins to lead a person whom the provider knows to the account that one is signed in to; it ends with `land`. */
  link(principal: Principal, provider: string, wish: Pick<Wish, "redirect"> & LinkProof): Promise<Begun>;
  /** For applications: takes the code of a redirect, or one that they got from the provider themselves. */
  token(provider: string, body: Readonly<Record<string, unknown>>, visit: Visit): Promise<SignedIn>;
  /** By which providers one is known. */
  identities(principal: Principal): Promise<readonly IdentityInfo[]>;
  /** @throws BakendError `not_found`; `conflict` for the last way to sign in */
  forget(principal: Principal, id: string, visit: Visit): Promise<void>;
}

/** What logins need. */
export interface LoginsDeps {
  readonly db: Database;
  readonly telling: Telling;
  readonly identities: Identities;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly codes: Codes;
  readonly lookup: Lookup;
  readonly signIn: SignIn;
  readonly people: People;
  readonly linking: Linking;
  readonly origins: Origins;
  /** Where the API is: providers send browsers back to below it. */
  readonly url: string;
  /** A keyed digest. */
  digest(text: string): string;
  newId(): string;
}

/** SHA-256 in base64url. */
const CHALLENGE = /^[\w-]{43}$/;

/** Makes the logins of an app. */
export function createLogins(deps: LoginsDeps): OAuth {
  const { db, providers, codes, lookup, signIn, people, linking, origins, digest } = deps;

  const provider = (name: string): Provider => {
    const known = providers.get(name);
    if (known) return known;
    throw new BakendError("not_found", `There is no provider called ${name.slice(0, 64)}.`);
  };
  const secretsOf = (name: string, state: string) => ({
    // derived, so that nothing in the database is enough to finish a login
    verifier: digest(`oauth verifier:${state}`),
    nonce: digest(`oauth nonce:${state}`),
    redirectUri: `${deps.url.replace(/\/+$/, "")}/api/auth/oauth/${name}/callback`,
  });
  const accountOf = (person: Person, collection: string, name: string, visit: Visit): Promise<AccountRow> =>
    people.accountOf(person, lookup.collection(collection), name, visit);

  /** An address as it is sent, relative ones below the application's. */
  const addressOf = (redirect: string): string => {
    const target = URL.parse(redirect, deps.url);
    if (target?.username !== "" || target.password !== "" || !origins.has(target))
      throw new BakendError(
        "bad_request",
        "A login does not lead to this redirect; the setting auth.origins names where it may.",
      );
    // a fragment is where the answer is put
    target.hash = "";
    return target.href;
  };

  const take = async (proof: Proof): Promise<void> => {
    await spent(db.write([codes.use(proof)]));
  };

  /** Our own code, which the redirect was sent: good once, for a minute. */
  const byOwnCode = async (name: string, code: string, verifier: unknown): Promise<AccountRow> => {
    const proof = await codes.find("login", code);
    const account = proof && (await lookup.byId(lookup.collection(proof.collection), proof.user));
    if (!proof || !account || proof.data.provider !== name) throw voidCode();
    const { challenge } = proof.data;
    if (challenge !== undefined && challenge !== (await challengeOf(requireText(verifier, "codeVerifier"))))
      throw voidCode();
    await take(proof);
    return account;
  };

  return {
    providers: [...providers.keys()],
    async begin(name, { collection = "users", redirect, codeChallenge }) {
      const { begin } = provider(name);
      lookup.collection(collection);
      if (codeChallenge !== undefined && !CHALLENGE.test(codeChallenge))
        throw new BakendError("bad_request", "codeChallenge must be a SHA-256 digest in base64url.");
      const data = {
        provider: name,
        ...(redirect === undefined ? {} : { redirect: addressOf(redirect) }),
        ...(codeChallenge === undefined ? {} : { challenge: codeChallenge }),
      };
      const state = await codes.issue("oauth", { collection, user: strangerOf(deps.newId()) }, data);
      return { state, location: await begin({ state, ...secretsOf(name, state) }) };
    },
    async land(name, parameters, held, principal, visit) {
      const { identify } = provider(name);
      const state = parameters.get("state") ?? "";
      const proof = (await codes.find("oauth", state)) ?? (await codes.find("link", state));
      if (!proof || held !== state || proof.data.provider !== name) throw ended();
      await take(proof).catch(() => {
        throw ended();
      });
      const { collection, data } = proof;
      const person = async (): Promise<Person> => {
        if (parameters.has("error")) throw given(name, parameters.get("error"));
        return identify({ parameters, ...secretsOf(name, state) });
      };
      const { redirect, ...kept } = data;
      const end = async (): Promise<Landed> => {
        if (proof.purpose === "link") {
          await linking.finish(proof, person, name, principal, visit);
          return redirect === undefined ? { linked: name } : { location: `${redirect}#linked=${name}` };
        }
        const account = await accountOf(await person(), collection, name, visit);
        if (redirect === undefined) return { signedIn: await signIn.enter(account, visit, name) };
        return { location: `${redirect}#code=${await codes.issue("login", account, kept)}` };
      };
      if (redirect === undefined) return end();
      try {
        return await end();
      } catch (error) {
        // the application shows what went wrong; it began the login, and nobody else waits for the answer
        if (error instanceof BakendError) return { location: `${redirect}#error=${error.code}` };
        throw error;
      }
    },
    async token(name, { code: given, codeVerifier, redirectUri, nonce, collection = "users" }, visit) {
      const { exchange } = provider(name);
      const code = requireText(given, "code");
      if (redirectUri === undefined) return signIn.enter(await byOwnCode(name, code, codeVerifier), visit, name);
      const person = await exchange(code, {
        verifier: requireText(codeVerifier, "codeVerifier"),
        redirectUri: requireText(redirectUri, "redirectUri"),
        nonce: nonce === undefined ? undefined : requireText(nonce, "nonce"),
      });
      return signIn.enter(await accountOf(person, String(collection), name, visit), visit, name);
    },
    async link(principal, name, { redirect, ...proof }) {
      const { begin } = provider(name);
      const data = { provider: name, ...(redirect === undefined ? {} : { redirect: addressOf(redirect) }) };
      const state = await linking.begin(principal, proof, data);
      return { state, location: await begin({ state, ...secretsOf(name, state) }) };
    },
    async identities(principal) {
      const { collection, id: user } = requireUser(principal);
      return deps.identities.list({ collection, user });
    },
    async forget(principal, id, visit) {
      const { collection, id: user } = requireUser(principal);
      const owner = { collection, user };
      const news = deps.telling.by(principal, "identity_removed", { user, collection }, visit);
      if (!(await deps.identities.remove(owner, id, news)))
        throw notRemoved(await deps.identities.list(owner), id, "identity");
    },
  };
}

async function challengeOf(verifier: string): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

/** What a provider said instead of a code, such as `access_denied`. */
function given(provider: string, error: string | null): BakendError {
  const said = /^[\w.-]{1,64}$/.test(error ?? "") ? error : "an error";
  return new BakendError("invalid_credentials", `${provider} did not sign in: ${said}.`);
}
