import type { ErrorCode } from "../../../protocol/index.ts";
import { getOrAdd } from "../../../tools/index.ts";
import type { Collection } from "../../collections/index.ts";
import { EXAMPLE_ID } from "./examples.ts";
import { jsonBody, type Node, parameter } from "./node.ts";
import { failures } from "./problems.ts";

/** One account operation: `path method`, what it is called, what is sent and what comes back. */
interface Operation {
  readonly id: string;
  readonly summary: string;
  /** Fields of the body; a name that ends in `?` may be left out. */
  readonly body?: Readonly<Record<string, Node>>;
  /** Whether more fields may be sent: those of the collection of accounts. */
  readonly profile?: boolean;
  /** Parameters of the query, with what they mean. */
  readonly query?: Readonly<Record<string, string>>;
  /** Status and schema of the answer; null for none. */
  readonly answer: readonly [status: number, schema: Node | null];
  /** Whether it is about whoever is signed in. */
  readonly own?: boolean;
  readonly codes?: readonly ErrorCode[];
}

const TEXT: Node = { type: "string" };
const EMAIL: Node = { type: "string", format: "email" };
const PASSWORD: Node = { type: "string", minLength: 8, maxLength: 256 };
const COLLECTION: Node = { type: "string", default: "users", description: "The collection of accounts." };
const CODE: Node = { type: "string", description: "Six digits, or a recovery code." };
const LINK: Node = { type: "string", description: "From the link in the mail." };
const NOTHING = [204, null] as const;

const SIGNED_IN: Node = {
  type: "object",
  properties: {
    token: { ...TEXT, description: "Good for 15 minutes: `authorization: Bearer`." },
    refreshToken: { ...TEXT, description: "Good once, for the next pair." },
    expiresAt: { ...TEXT, format: "date-time" },
    user: { type: "object" },
  },
  required: ["token", "refreshToken", "expiresAt", "user"],
};
const list = (item: Node): Node => ({
  type: "object",
  properties: { items: { type: "array", items: item } },
  required: ["items"],
});
const KEY: Node = {
  type: "object",
  properties: {
    ...{ id: TEXT, name: TEXT, scopes: { type: "array", items: TEXT }, role: { type: ["string", "null"] } },
    ...{ createdAt: TEXT, expiresAt: { type: ["string", "null"] }, lastUsedAt: { type: ["string", "null"] } },
    key: { ...TEXT, description: "Told this once." },
  },
  required: ["id", "name", "scopes", "role", "createdAt", "expiresAt", "lastUsedAt"],
};
const SESSION: Node = {
  type: "object",
  properties: {
    ...{ id: TEXT, createdAt: TEXT, lastUsedAt: TEXT, expiresAt: TEXT },
    ...{ device: TEXT, current: { type: "boolean" } },
  },
  required: ["id", "createdAt", "lastUsedAt", "expiresAt", "device", "current"],
};

const PASSKEY: Node = {
  type: "object",
  properties: {
    ...{ id: TEXT, name: TEXT, synced: { type: "boolean", description: "Whether other devices may have it too." } },
    ...{ createdAt: TEXT, lastUsedAt: { type: ["string", "null"] } },
  },
  required: ["id", "name", "synced", "createdAt", "lastUsedAt"],
};
const CREDENTIAL: Node = { type: "object", description: "What `navigator.credentials` gave, by `toJSON()`." };

const OPERATIONS: Readonly<Record<string, Operation>> = {
  "register post": {
    ...{ id: "register", summary: "Makes an account and signs in", profile: true, answer: [201, SIGNED_IN] },
    body: { email: EMAIL, password: PASSWORD, "collection?": COLLECTION },
    codes: ["forbidden", "conflict"],
  },
  "login post": {
    ...{ id: "login", summary: "Signs in with a password", answer: [200, SIGNED_IN] },
    body: { email: EMAIL, password: TEXT, "collection?": COLLECTION },
    codes: ["invalid_credentials", "mfa_required"],
  },
  "mfa/verify post": {
    ...{ id: "verifyFactor", summary: "The second step of a login", answer: [200, SIGNED_IN] },
    body: { mfaToken: TEXT, code: CODE },
    codes: ["invalid_credentials"],
  },
  "refresh post": {
    ...{ id: "refresh", summary: "Exchanges a refresh token for the next pair", answer: [200, SIGNED_IN] },
    body: { refreshToken: TEXT },
  },
  "logout post": { id: "logout", summary: "Ends a session", body: { refreshToken: TEXT }, answer: NOTHING },
  "me get": {
    ...{ id: "me", summary: "Who is signed in", own: true },
    answer: [200, { type: "object", properties: { user: { type: "object" } }, required: ["user"] }],
  },
  "methods get": {
    ...{ id: "authMethods", summary: "The ways to sign in" },
    answer: [
      200,
      {
        type: "object",
        properties: {
          registration: { type: "string", enum: ["open", "closed"] },
          providers: { type: "array", items: TEXT, description: "Those to sign in through." },
        },
        required: ["registration", "providers"],
      },
    ],
  },
  "sessions get": { id: "listSessions", summary: "One's sessions", own: true, answer: [200, list(SESSION)] },
  "sessions delete": { id: "endOtherSessions", summary: "Ends all sessions but this one", own: true, answer: NOTHING },
  "sessions/{id} delete": {
    id: "endSession",
    summary: "Ends a session",
    own: true,
    answer: NOTHING,
    codes: ["not_found"],
  },
  "password/change post": {
    ...{ id: "changePassword", summary: "Changes the password and signs in anew", own: true, answer: [200, SIGNED_IN] },
    body: { currentPassword: TEXT, password: PASSWORD },
    codes: ["invalid_credentials"],
  },
  "password/forgot post": {
    ...{ id: "forgotPassword", summary: "Sends a link to set another password", answer: NOTHING },
    body: { email: EMAIL, "collection?": COLLECTION },
  },
  "password/reset post": {
    ...{ id: "resetPassword", summary: "Sets another password", answer: NOTHING },
    body: { token: LINK, password: PASSWORD, "collection?": COLLECTION },
    codes: ["invalid_credentials"],
  },
  "verify/request post": {
    ...{ id: "requestVerification", summary: "Sends a link that proves an address", answer: NOTHING },
    body: { "email?": EMAIL, "collection?": COLLECTION },
  },
  "verify/confirm post": {
    ...{ id: "confirmVerification", summary: "Proves an address", answer: NOTHING },
    body: { token: LINK, "collection?": COLLECTION },
    codes: ["invalid_credentials"],
  },
  "email/change post": {
    ...{ id: "changeEmail", summary: "Sends a link to a new address", own: true, answer: NOTHING },
    body: { email: EMAIL, password: TEXT },
    codes: ["invalid_credentials"],
  },
  "email/confirm post": {
    ...{ id: "confirmEmail", summary: "Takes the new address", answer: NOTHING },
    body: { token: LINK, "collection?": COLLECTION },
    codes: ["invalid_credentials", "conflict"],
  },
  "otp/request post": {
    ...{ id: "requestCode", summary: "Sends a code to sign in with", answer: NOTHING },
    body: { email: EMAIL, "collection?": COLLECTION },
  },
  "otp/login post": {
    ...{ id: "loginWithCode", summary: "Signs in with a code", answer: [200, SIGNED_IN] },
    body: { email: EMAIL, code: TEXT, "collection?": COLLECTION },
    codes: ["invalid_credentials", "mfa_required"],
  },
  "mfa get": {
    ...{ id: "factorStatus", summary: "Whether a second factor is on", own: true },
    answer: [
      200,
      {
        type: "object",
        properties: { totp: { type: "boolean" }, recoveryCodes: { type: "integer" } },
        required: ["totp", "recoveryCodes"],
      },
    ],
  },
  "mfa/totp/enroll post": {
    ...{ id: "enrollFactor", summary: "Begins a second factor", own: true, body: {} },
    answer: [201, { type: "object", properties: { secret: TEXT, uri: TEXT }, required: ["secret", "uri"] }],
    codes: ["conflict"],
  },
  "mfa/totp/activate post": {
    ...{ id: "activateFactor", summary: "Turns the second factor on", own: true, body: { code: CODE } },
    answer: [200, { type: "object", properties: { recoveryCodes: { type: "array", items: TEXT } } }],
    codes: ["invalid_credentials", "conflict"],
  },
  "mfa/totp/disable post": {
    ...{ id: "disableFactor", summary: "Turns the second factor off", own: true, answer: NOTHING },
    body: { "password?": TEXT, "code?": CODE },
    codes: ["invalid_credentials"],
  },
  "keys get": { id: "listKeys", summary: "One's API keys", own: true, answer: [200, list(KEY)] },
  "keys post": {
    ...{ id: "createKey", summary: "Makes an API key", own: true, answer: [201, KEY], codes: ["conflict"] },
    body: {
      name: TEXT,
      scopes: { type: "array", items: TEXT, minItems: 1 },
      "expiresAt?": { type: "string", format: "date-time" },
      "role?": { ...TEXT, description: "For a key of no user; only an admin may say one." },
    },
  },
  "keys/{id} delete": {
    id: "revokeKey",
    summary: "Revokes an API key",
    own: true,
    answer: NOTHING,
    codes: ["not_found"],
  },
  "invitations post": {
    ...{ id: "invite", summary: "Invites an address (admins)", own: true, codes: ["conflict"] },
    body: { email: EMAIL, "role?": TEXT, "collection?": COLLECTION },
    answer: [201, { type: "object", properties: { email: EMAIL, role: TEXT, collection: TEXT, expiresAt: TEXT } }],
  },
  "invitations/accept post": {
    ...{ id: "acceptInvitation", summary: "Makes the account and signs in", profile: true, answer: [201, SIGNED_IN] },
    body: { token: LINK, password: PASSWORD, "collection?": COLLECTION },
    codes: ["invalid_credentials", "conflict"],
  },
  "passkeys get": { id: "listPasskeys", summary: "One's passkeys", own: true, answer: [200, list(PASSKEY)] },
  "passkeys/{id} delete": {
    id: "removePasskey",
    summary: "Takes a passkey back",
    own: true,
    answer: NOTHING,
    codes: ["not_found"],
  },
  "passkeys/register/options post": {
    ...{ id: "beginPasskey", summary: "What `navigator.credentials.create` takes", own: true },
    answer: [200, { type: "object" }],
    body: { "code?": { ...CODE, description: "Of the second factor, if there is one." } },
    codes: ["invalid_credentials"],
  },
  "passkeys/register/verify post": {
    ...{ id: "addPasskey", summary: "Adds the passkey that was made", own: true, answer: [201, PASSKEY] },
    body: { credential: CREDENTIAL, "name?": TEXT },
    codes: ["invalid_credentials", "conflict"],
  },
  "passkeys/login/options post": {
    ...{ id: "beginPasskeyLogin", summary: "What `navigator.credentials.get` takes", body: {} },
    answer: [200, { type: "object" }],
  },
  "passkeys/login/verify post": {
    ...{ id: "loginWithPasskey", summary: "Signs in with a passkey", answer: [200, SIGNED_IN] },
    body: { credential: CREDENTIAL },
    codes: ["invalid_credentials", "forbidden"],
  },
  "oauth/{provider} get": {
    ...{ id: "beginOAuth", summary: "Sends a browser to a provider to sign in", answer: [302, null] },
    query: {
      redirect:
        "Where the browser goes in the end, with `#code=` or `#error=`; without it, the answer is that of a login.",
      codeChallenge: "SHA-256 in base64url of what the code must come with as `codeVerifier`.",
      collection: "The collection of accounts.",
    },
    codes: ["not_found", "unavailable"],
  },
  "oauth/{provider}/callback get": {
    ...{ id: "endOAuth", summary: "Where the provider sends the browser back to", answer: [200, SIGNED_IN] },
    query: { code: "From the provider.", state: "As it was sent.", error: "What the provider says instead." },
    codes: ["not_found", "invalid_credentials", "mfa_required", "forbidden", "conflict", "unavailable"],
  },
  "oauth/{provider}/callback post": {
    ...{ id: "endOAuthByForm", summary: "The same for providers that send a form", answer: [303, null] },
    codes: ["unsupported_media_type"],
  },
  "oauth/{provider}/token post": {
    ...{ id: "loginWithOAuth", summary: "Signs in with the code of a redirect, or of a provider" },
    answer: [200, SIGNED_IN],
    body: {
      code: { ...TEXT, description: "From the redirect; with `redirectUri`, from the provider." },
      "codeVerifier?": { ...TEXT, description: "What the challenge was made of (RFC 7636)." },
      "redirectUri?": { ...TEXT, description: "Where the provider sent the application's own login." },
      "nonce?": { ...TEXT, description: "What the application's own login was begun with, if it was." },
      "collection?": COLLECTION,
    },
    codes: ["not_found", "invalid_credentials", "mfa_required", "forbidden", "conflict", "unavailable"],
  },
};

const PARAMETERS: Readonly<Record<string, Node>> = {
  id: parameter("path", "id", TEXT, { example: EXAMPLE_ID }),
  provider: parameter("path", "provider", TEXT, { example: "google" }),
};

/** `/api/auth/*`; nothing where there are no accounts. */
export function authPaths(collections: readonly Collection[]): Record<string, Node> {
  if (!collections.some(({ kind }) => kind === "auth")) return {};
  const paths = new Map<string, Record<string, unknown>>();
  for (const [place, operation] of Object.entries(OPERATIONS)) {
    const [path = "", method = ""] = place.split(" ");
    const item = getOrAdd(paths, `/api/auth/${path}`, () => ({}) as Record<string, unknown>);
    const named = Object.keys(PARAMETERS).filter((name) => path.includes(`{${name}}`));
    if (named.length > 0) item.parameters = named.map((name) => PARAMETERS[name]);
    item[method] = describe(operation);
  }
  return Object.fromEntries(paths);
}

function describe({ id, summary, body, query, profile = false, answer, own = false, codes = [] }: Operation): Node {
  const [status, schema] = answer;
  const sent: readonly ErrorCode[] = body
    ? ["bad_request", "validation_failed", "payload_too_large", "unsupported_media_type"]
    : [];
  return {
    operationId: id,
    summary,
    tags: ["auth"],
    ...(own ? { security: [{ bearer: [] }] } : {}),
    ...(query ? { parameters: Object.entries(query).map(queryParameter) } : {}),
    ...(body ? { requestBody: { required: true, content: jsonBody(bodySchema(body, profile)) } } : {}),
    responses: {
      [status]: schema ? { description: summary, content: jsonBody(schema) } : { description: "Done" },
      ...failures("bad_request", "unauthenticated", ...(own ? (["forbidden"] as const) : []), ...sent, ...codes),
    },
  };
}

function queryParameter([name, description]: readonly [string, string]): Node {
  return parameter("query", name, TEXT, { description });
}

function bodySchema(fields: Readonly<Record<string, Node>>, profile: boolean): Node {
  const entries = Object.entries(fields).map(([name, schema]) => [name.replace("?", ""), schema] as const);
  return {
    type: "object",
    properties: Object.fromEntries(entries),
    required: Object.keys(fields).filter((name) => !name.endsWith("?")),
    ...(profile ? { additionalProperties: true, description: "With the fields of the collection of accounts." } : {}),
  };
}

/** The tag of the account operations. */
export const AUTH_TAG = { name: "auth", description: "Accounts, sessions and keys." } as const;
