import { CODE, NOTHING, SIGNED_IN, TEXT } from "./auth-schemas.ts";
import type { Node } from "./node.ts";
import { listOf as list, type Operation } from "./operation.ts";

const PASSKEY: Node = {
  type: "object",
  properties: {
    ...{ id: TEXT, name: TEXT, synced: { type: "boolean", description: "Whether other devices may have it too." } },
    ...{ createdAt: TEXT, lastUsedAt: { type: ["string", "null"] } },
  },
  required: ["id", "name", "synced", "createdAt", "lastUsedAt"],
};
const CREDENTIAL: Node = { type: "object", description: "What `navigator.credentials` gave, by `toJSON()`." };

/** Logins without address or password. */
export const PASSKEY_OPERATIONS: Readonly<Record<string, Operation>> = {
  "passkeys get": { id: "listPasskeys", summary: "One's passkeys", own: true, answer: [200, list(PASSKEY)] },
  "passkeys/{id} delete": {
    id: "removePasskey",
    summary: "Takes a passkey back",
    own: true,
    answer: NOTHING,
    codes: ["not_found", "conflict"],
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
};
