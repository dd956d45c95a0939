import { COLLECTION, NOTHING, SIGNED_IN, TEXT } from "./auth-schemas.ts";
import { listOf as list, type Operation } from "./operation.ts";

/** Logins through providers. */
export const OAUTH_OPERATIONS: Readonly<Record<string, Operation>> = {
  "identities get": {
    ...{ id: "listIdentities", summary: "By which providers one is known", own: true },
    answer: [200, list({ type: "object", properties: { id: TEXT, provider: TEXT, createdAt: TEXT } })],
  },
  "identities/{id} delete": {
    ...{ id: "forgetIdentity", summary: "Forgets by which provider one is known", own: true, answer: NOTHING },
    codes: ["not_found", "conflict"],
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
  "oauth/{provider}/link post": {
    ...{ id: "linkIdentity", summary: "Begins to lead an identity of a provider to one's account", own: true },
    answer: [200, { type: "object", properties: { location: TEXT }, required: ["location"] }],
    body: {
      "redirect?": { ...TEXT, description: "Where the browser goes in the end, with `#linked=` or `#error=`." },
      "password?": { ...TEXT, description: "Where the session is older than ten minutes." },
      "code?": { ...TEXT, description: "The same, of the second factor, if there is one." },
    },
    codes: ["not_found", "invalid_credentials", "forbidden", "unavailable"],
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
