import { CODE, COLLECTION, NOTHING, SIGNED_IN, TEXT } from "./auth-schemas.ts";
import type { Node } from "./node.ts";
import { listOf as list, type Operation } from "./operation.ts";

const EMAIL: Node = { type: "string", format: "email" };
const PASSWORD: Node = { type: "string", minLength: 8, maxLength: 256 };
const LINK: Node = { type: "string", description: "From the link in the mail." };
const REFRESH: Node = { type: "string", description: "Left out where it is a cookie." };
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

const INVITATION: Node = {
  type: "object",
  properties: { email: EMAIL, role: TEXT, collection: TEXT, expiresAt: TEXT },
  required: ["email", "role", "collection", "expiresAt"],
};

/** Accounts, sessions, mails, second factors and keys. */
export const ACCOUNT_OPERATIONS: Readonly<Record<string, Operation>> = {
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
    body: { "refreshToken?": REFRESH },
  },
  "logout post": { id: "logout", summary: "Ends a session", body: { "refreshToken?": REFRESH }, answer: NOTHING },
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
    answer: [201, INVITATION],
  },
  "invitations get": {
    id: "listInvitations",
    summary: "Open invitations (admins)",
    own: true,
    answer: [200, list(INVITATION)],
  },
  "invitations/{email} delete": {
    ...{ id: "revokeInvitation", summary: "Makes an invitation void (admins)", own: true, answer: NOTHING },
    ...{ query: { collection: "The collection of accounts." }, codes: ["not_found"] },
  },
  "invitations/accept post": {
    ...{ id: "acceptInvitation", summary: "Makes the account and signs in", profile: true, answer: [201, SIGNED_IN] },
    body: { token: LINK, password: PASSWORD, "collection?": COLLECTION },
    codes: ["invalid_credentials", "conflict"],
  },
};
