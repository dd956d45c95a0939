import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

/** What the provider says about whoever signs in next. */
export type FakePerson = Readonly<Record<string, unknown>> & { readonly sub: string };

/** A provider that does as a test says: OpenID Connect, GitHub and Discord at once. */
export interface FakeProvider {
  readonly issuer: string;
  person: FakePerson;
  /** Put over what the ID token says. */
  lie: JWTPayload;
  /** Answered by the token endpoint instead of tokens. */
  broken: { readonly status: number; readonly body: object } | null;
  /** Whether ID tokens are signed with a key that nobody knows. */
  forged: boolean;
  /** Whether the address is told by the user-info endpoint only. */
  quiet: boolean;
  /** What discovery says beside the usual. */
  about: object;
  /** What the token endpoint was sent: the form, and the header `authorization`. */
  readonly asked: { readonly form: URLSearchParams; readonly authorization: string }[];
  /** Signs in at an address that an application has made, and returns where the browser is sent back to. */
  consent(location: string): string;
  close(): Promise<void>;
}

interface Grant {
  readonly parameters: URLSearchParams;
  readonly person: FakePerson;
}

const now = (): number => Math.floor(Date.now() / 1000);

/** Starts the provider on this machine. */
export async function fakeProvider(): Promise<FakeProvider> {
  const keys = await generateKeyPair("ES256");
  const others = await generateKeyPair("ES256");
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: "one", alg: "ES256", use: "sig" };
  const grants = new Map<string, Grant>();
  const people = new Map<string, FakePerson>();
  let count = 0;

  const idToken = async ({ parameters, person }: Grant): Promise<string> => {
    const { email, email_verified, ...rest } = person;
    const nonce = parameters.get("nonce");
    const claims = {
      ...{ iss: fake.issuer, aud: parameters.get("client_id") ?? "", ...rest, ...(nonce === null ? {} : { nonce }) },
      ...(fake.quiet ? {} : { email, email_verified }),
      ...{ iat: now(), exp: now() + 300 },
      ...fake.lie,
    };
    return new SignJWT(JSON.parse(JSON.stringify(claims)))
      .setProtectedHeader({ alg: "ES256", kid: "one" })
      .sign(fake.forged ? others.privateKey : keys.privateKey);
  };

  const exchange = async (request: IncomingMessage): Promise<readonly [status: number, body: object]> => {
    const form = new URLSearchParams(await bodyOf(request));
    fake.asked.push({ form, authorization: request.headers.authorization ?? "" });
    if (fake.broken) return [fake.broken.status, fake.broken.body];
    const code = form.get("code") ?? "";
    const grant = grants.get(code);
    grants.delete(code);
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(form.get("code_verifier") ?? ""));
    const right =
      grant?.parameters.get("redirect_uri") === form.get("redirect_uri") &&
      grant?.parameters.get("code_challenge") === Buffer.from(digest).toString("base64url");
    if (!grant || !right) return [400, { error: "invalid_grant" }];
    count += 1;
    const access_token = `access-${count}`;
    people.set(access_token, grant.person);
    const openid = (grant.parameters.get("scope") ?? "").split(" ").includes("openid");
    return [200, { access_token, token_type: "bearer", ...(openid ? { id_token: await idToken(grant) } : {}) }];
  };

  const answer = async (request: IncomingMessage): Promise<readonly [status: number, body: unknown]> => {
    const path = new URL(request.url ?? "", fake.issuer).pathname;
    const person = people.get((request.headers.authorization ?? "").replace(/^Bearer /i, ""));
    const { issuer } = fake;
    if (path.endsWith("/.well-known/openid-configuration"))
      return [
        200,
        {
          ...{ issuer, authorization_endpoint: `${issuer}/authorize?kept=1`, token_endpoint: `${issuer}/token` },
          ...{ jwks_uri: `${issuer}/keys`, userinfo_endpoint: `${issuer}/userinfo` },
          ...{ id_token_signing_alg_values_supported: ["ES256"], response_types_supported: ["code"] },
          ...fake.about,
        },
      ];
    if (path === "/keys") return [200, { keys: [jwk] }];
    if (path === "/token" || path === "/login/oauth/access_token" || path === "/api/oauth2/token")
      return exchange(request);
    if (!person) return [401, { message: "Bad credentials" }];
    const { email, email_verified: verified, id, name } = person;
    if (path === "/userinfo") return [200, person];
    if (path === "/api/v3/user") return [200, { id, login: "octo", name, email: "shown@example.com" }];
    if (path === "/api/v3/user/emails")
      return [
        200,
        [
          { email: "old@example.com", primary: false, verified: true },
          { email, primary: true, verified },
        ],
      ];
    if (path === "/api/users/@me")
      return [
        200,
        { ...(id === undefined ? {} : { id: String(id) }), username: "octo", global_name: name, email, verified },
      ];
    return [404, {}];
  };

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    answer(request).then(([status, body]) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  const fake: FakeProvider = {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    person: { sub: "1", id: 1 },
    ...{ lie: {}, broken: null, forged: false, quiet: false, about: {}, asked: [] },
    consent(location) {
      const { searchParams: parameters } = new URL(location);
      count += 1;
      const code = `code-${count}-${"x".repeat(20)}`;
      grants.set(code, { parameters, person: fake.person });
      const back = new URL(parameters.get("redirect_uri") ?? "");
      back.searchParams.set("code", code);
      back.searchParams.set("state", parameters.get("state") ?? "");
      return back.href;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of request) text += String(part);
  return text;
}
