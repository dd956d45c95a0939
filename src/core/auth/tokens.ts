import { jwtVerify, SignJWT } from "jose";
import { createLru, toBase64Url } from "../../tools/index.ts";
import { BakendError } from "../errors.ts";

/** What an access token says: who, in which session, with which role. Nothing personal. */
export interface AccessClaims {
  readonly sub: string;
  readonly sid: string;
  readonly role: string;
}

/** Signs and reads access tokens (JWT, HS256). */
export interface Tokens {
  /** A token, and when it ends in milliseconds since 1970. */
  sign(claims: AccessClaims): Promise<{ readonly token: string; readonly expiresAt: number }>;
  /** What a good token says; at once for one that was seen before. @throws BakendError `unauthenticated` */
  verify(token: string): AccessClaims | Promise<AccessClaims>;
  /** A keyed digest of a text, for secrets that need not be stored (base64url, 256 bits). */
  digest(text: string): Promise<string>;
}

/** How long an access token is good. */
const LIFETIME_MS = 15 * 60 * 1000;
/** Verified tokens that are remembered until they end. */
const REMEMBERED = 10_000;
/** No token of ours is longer. */
const MAX_LENGTH = 2048;

interface Known {
  readonly claims: AccessClaims;
  readonly expiresAt: number;
}

/** Makes tokens under a secret of at least 32 characters. */
export async function createTokens(secret: string, now: () => number): Promise<Tokens> {
  const bytes = new TextEncoder().encode(secret);
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
  const known = createLru<string, Known>(REMEMBERED);

  const check = async (token: string): Promise<AccessClaims> => {
    if (token.length > MAX_LENGTH) throw notGood();
    const verified = await jwtVerify(token, key, {
      algorithms: ["HS256"],
      typ: "at+jwt",
      currentDate: new Date(now()),
    }).catch(() => {
      throw notGood();
    });
    const { sub, sid, role, exp } = verified.payload;
    if (typeof sub !== "string" || typeof sid !== "string" || typeof role !== "string" || exp === undefined)
      throw notGood();
    const claims = { sub, sid, role };
    known.set(token, { claims, expiresAt: exp * 1000 });
    return claims;
  };

  return {
    async sign({ sub, sid, role }) {
      const issued = Math.floor(now() / 1000);
      const expires = issued + LIFETIME_MS / 1000;
      const token = await new SignJWT({ sid, role })
        .setProtectedHeader({ alg: "HS256", typ: "at+jwt" })
        .setSubject(sub)
        .setIssuedAt(issued)
        .setExpirationTime(expires)
        .sign(key);
      return { token, expiresAt: expires * 1000 };
    },
    verify(token) {
      const seen = known.get(token);
      if (seen === undefined) return check(token);
      if (seen.expiresAt > now()) return seen.claims;
      known.delete(token);
      throw notGood();
    },
    async digest(text) {
      const signature = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text));
      return toBase64Url(new Uint8Array(signature));
    },
  };
}

/** The answer to every token that is not good: it does not say why. */
export function notGood(): BakendError {
  return new BakendError("unauthenticated", "The token is not valid, or no longer.", {
    headers: { "www-authenticate": "Bearer" },
  });
}
