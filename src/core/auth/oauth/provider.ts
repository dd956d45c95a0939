import { decodeJwt } from "jose";
import {
  type AuthorizationServer,
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  type Client,
  calculatePKCECodeChallenge,
  discoveryRequest,
  getValidatedIdTokenClaims,
  type JWKSCacheInput,
  jwksCache,
  processAuthorizationCodeResponse,
  processDiscoveryResponse,
  processUserInfoResponse,
  protectedResourceRequest,
  skipStateCheck,
  type TokenEndpointResponse,
  userInfoRequest,
  validateApplicationLevelSignature,
  validateAuthResponse,
} from "oauth4webapi";
import type { Identity } from "../identities.ts";
import { type Claims, text } from "./claims.ts";
import { clientAuth } from "./client-secret.ts";
import { confirmed, type OnFault, reached } from "./faults.ts";
import { OPENID_SCOPES, PRESETS } from "./presets.ts";
import type { ProviderSettings } from "./settings.ts";

/** Somebody whom a provider has identified. */
export interface Person extends Identity, Omit<Claims, "subject"> {}

/** What a login is begun with. */
export interface Begin {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly redirectUri: string;
}

/** What came back. */
export interface Back extends Omit<Begin, "nonce" | "state"> {
  readonly parameters: URLSearchParams;
  /** What the ID token must repeat; undefined if none was sent. */
  readonly nonce: string | undefined;
}

/** A provider to sign in through. Its methods throw `BakendError` `unavailable` if it cannot be asked. */
export interface Provider {
  /** Where the browser is sent. */
  begin(login: Begin): Promise<string>;
  /** Exchanges what came back for who it is. @throws BakendError `invalid_credentials` */
  identify(back: Back): Promise<Person>;
  /** Who it is if an application has run the login by itself, and brings the code. @throws BakendError `invalid_credentials` */
  exchange(code: string, back: Omit<Back, "parameters">): Promise<Person>;
}

/** Milliseconds after which a provider is not waited for any longer. */
const PATIENCE = 10_000;
/** How long what a provider says about itself is good, in milliseconds. */
const REMEMBERED = 60 * 60 * 1000;
/** Addresses at Microsoft that stand for many issuers: each token names its own. */
const MANY_TENANTS = /\/(common|organizations|consumers)\//;

/** Makes a provider of the configuration. Nothing is asked before the first login. */
export function createProvider(
  name: string,
  settings: ProviderSettings,
  now: () => number,
  onFault: OnFault,
): Provider {
  const preset = PRESETS.get(name);
  const plain = preset?.plain;
  const given = settings.issuer ?? preset?.issuer ?? "";
  // an issuer is what it says it is, letter by letter; of a plain address only paths are made
  const issuer = plain ? given.replace(/\/+$/, "") : given;
  const scope = (settings.scopes ?? preset?.scopes ?? OPENID_SCOPES).join(" ");
  const client: Client = { client_id: settings.clientId };
  const authenticate = clientAuth(settings, issuer, preset, now);
  const keys: JWKSCacheInput = {};
  const options = () => ({
    [allowInsecureRequests]: issuer.startsWith("http:"),
    signal: AbortSignal.timeout(PATIENCE),
  });

  let known: { readonly server: Promise<AuthorizationServer>; readonly until: number } | undefined;
  const server = async (): Promise<AuthorizationServer> => {
    if (plain) {
      const { authorization, token } = plain.endpoints(issuer);
      return { issuer, authorization_endpoint: authorization, token_endpoint: token };
    }
    if (known && known.until > now()) return known.server;
    const announced = new URL(issuer.replace(MANY_TENANTS, "/{tenantid}/"));
    const asked = discoveryRequest(new URL(issuer), options()).then((answer) =>
      processDiscoveryResponse(announced, answer),
    );
    const fresh = { server: asked, until: now() + REMEMBERED };
    known = fresh;
    asked.catch(() => {
      if (known === fresh) known = undefined;
    });
    return asked;
  };

  const identify = async (
    as: AuthorizationServer,
    { parameters, verifier, redirectUri, nonce }: Back,
  ): Promise<Person> => {
    // how a provider without discovery calls itself there is not known; the state says whom this browser was sent to
    if (plain) parameters.delete("iss");
    const checked = validateAuthResponse(as, client, parameters, skipStateCheck);
    const answer = await authorizationCodeGrantRequest(
      as,
      client,
      authenticate,
      checked,
      redirectUri,
      verifier,
      options(),
    );
    const ask =
      (token: string) =>
      async (url: string): Promise<unknown> => {
        const headers = new Headers({ accept: "application/json", "user-agent": "bakend" });
        const told = await protectedResourceRequest(token, "GET", new URL(url), headers, null, options());
        if (!told.ok) throw new TypeError(`the provider answered ${told.status}`);
        return told.json();
      };
    if (plain) {
      const { access_token } = await processAuthorizationCodeResponse(as, client, answer);
      return { issuer, ...(await plain.claims(ask(access_token), issuer)) };
    }
    const own = await tenant(as, answer);
    const expected = nonce === undefined ? {} : { expectedNonce: nonce };
    const tokens = await processAuthorizationCodeResponse(own, client, answer, { ...expected, requireIdToken: true });
    await validateApplicationLevelSignature(own, answer, { ...options(), [jwksCache]: keys });
    return person(own, tokens);
  };

  /** The issuer that a token of one of many names; the token is then held against it. */
  const tenant = async (as: AuthorizationServer, answer: Response): Promise<AuthorizationServer> => {
    if (!as.issuer.includes("{tenantid}") || !answer.ok) return as;
    const { id_token }: { id_token?: unknown } = await answer.clone().json();
    const { tid } = decodeJwt(String(id_token));
    return { ...as, issuer: as.issuer.replace("{tenantid}", encodeURIComponent(String(tid))) };
  };

  const person = async (as: AuthorizationServer, tokens: TokenEndpointResponse): Promise<Person> => {
    const told = getValidatedIdTokenClaims(tokens);
    if (!told) throw new TypeError("the provider sent no ID token");
    const { sub: subject, iss } = told;
    let claims: Readonly<Record<string, unknown>> = told;
    if (!("email" in claims) && as.userinfo_endpoint) {
      const answer = await userInfoRequest(as, client, tokens.access_token, options());
      claims = await processUserInfoResponse(as, client, subject, answer);
    }
    const vouched = claims[preset?.verifiedBy ?? "email_verified"];
    const verified = vouched === true || vouched === "true" || vouched === 1 || vouched === "1";
    return { issuer: iss, subject, email: text(claims.email), verified, name: text(claims.name) };
  };

  const confirm = async (
    back: Omit<Back, "parameters">,
    parametersOf: (as: AuthorizationServer) => URLSearchParams,
  ) => {
    const as = await reached(name, onFault, server());
    return confirmed(name, onFault, identify(as, { ...back, parameters: parametersOf(as) }));
  };
  return {
    begin: (login) =>
      reached(
        name,
        onFault,
        (async () => {
          const { authorization_endpoint } = await server();
          if (authorization_endpoint === undefined) throw new TypeError("the provider names no authorization endpoint");
          const url = new URL(authorization_endpoint);
          const parameters = {
            ...{ client_id: settings.clientId, response_type: "code", scope, redirect_uri: login.redirectUri },
            ...{ state: login.state, ...(plain ? {} : { nonce: login.nonce }) },
            ...{ code_challenge: await calculatePKCECodeChallenge(login.verifier), code_challenge_method: "S256" },
            ...preset?.parameters,
          };
          for (const [key, value] of Object.entries(parameters)) url.searchParams.set(key, value);
          return url.href;
        })(),
      ),
    identify: ({ parameters, ...back }) => confirm(back, () => new URLSearchParams(parameters)),
    exchange: (code, back) => confirm(back, ({ issuer: iss }) => new URLSearchParams({ code, iss })),
  };
}
