import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { createLru, fromBase64Url, sameText, toBase64Url } from "../../tools/index.ts";
import { BakendError } from "../errors.ts";

/** What an access token says: who, in which session, with which role. Nothing personal. */
export interface AccessClaims {
  readonly sub: string;
  readonly sid: string;
  readonly role: string;
}

/** Signs and reads access tokens: JWT with HS256, of one header that is compared and never interpreted. */
export interface Tokens {
  /** A token, and when it ends in milliseconds since 1970. */
  sign(claims: AccessClaims): { readonly token: string; readonly expiresAt: number };
  /** What a good token says. @throws BakendError `unauthenticated` */
  verify(token: string): AccessClaims;
  /** A keyed digest of a text, for secrets that need not be stored (base64url, 256 bits). */
  digest(text: string): string;
}

/** How long an access token is good. */
const LIFETIME_MS = 15 * 60 * 1000;
/** Verified tokens that are remembered until they end. */
const REMEMBERED = 10_000;
/** No token of ours is longer. */
const MAX_LENGTH = 2048;

/** How every token of ours begins (RFC 9068 names the type). */
const HEADER = `${encode({ alg: "HS256", typ: "at+jwt" })}.`;

interface Known {
  readonly claims: AccessClaims;
  readonly expiresAt: number;
}

/** Makes tokens under a secret of at least 32 characters. */
export function createTokens(secret: string, now: () => number): Tokens {
  const keyed = hmac.create(sha256, utf8(secret));
  const known = createLru<string, Known>(REMEMBERED);
  // other digests are of texts that begin with what they are for: none of them is a token's
  const digest = (text: string): string => toBase64Url(keyed.clone().update(utf8(text)).digest());

  const read = (token: string): Known => {
    const end = token.lastIndexOf(".");
    const ours = token.length <= MAX_LENGTH && end > HEADER.length && token.startsWith(HEADER);
    if (!ours || !sameText(token.slice(end + 1), digest(token.slice(0, end)))) throw notGood();
    const text = new TextDecoder().decode(fromBase64Url(token.slice(HEADER.length, end)));
    const { sub, sid, role, exp, nbf = 0 } = JSON.parse(text);
    if (typeof sub !== "string" || typeof sid !== "string" || typeof role !== "string") throw notGood();
    if (typeof exp !== "number" || !(nbf * 1000 <= now())) throw notGood();
    return { claims: { sub, sid, role }, expiresAt: exp * 1000 };
  };

  return {
    digest,
    sign(claims) {
      const issued = Math.floor(now() / 1000);
      const expires = issued + LIFETIME_MS / 1000;
      const text = `${HEADER}${encode({ ...claims, iat: issued, exp: expires })}`;
      return { token: `${text}.${digest(text)}`, expiresAt: expires * 1000 };
    },
    verify(token) {
      const seen = known.get(token);
      const { claims, expiresAt } = seen ?? read(token);
      if (expiresAt > now()) {
        if (seen === undefined) known.set(token, { claims, expiresAt });
        return claims;
      }
      known.delete(token);
      throw notGood();
    },
  };
}

function encode(value: object): string {
  return toBase64Url(utf8(JSON.stringify(value)));
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The answer to every token that is not good: it does not say why. */
export function notGood(): BakendError {
  return new BakendError("unauthenticated", "The token is not valid, or no longer.", {
    headers: { "www-authenticate": "Bearer" },
  });
}
