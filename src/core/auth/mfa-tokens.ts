import { fromBase64Url, sameText, toBase64Url } from "../../tools/index.ts";
import { BakendError } from "../errors.ts";

/** Who has taken the first step of a login, and how: the proof is void once the password is another. */
export interface FirstStep {
  readonly collection: string;
  readonly user: string;
  /** How the step was taken: `password`, `otp` ... */
  readonly method: string;
  /** A digest of the password hash that was checked. */
  readonly proof: string;
}

/** Remembers, between the two steps of a login, that the first was taken. */
export interface MfaTokens {
  make(step: FirstStep): string;
  /** @throws BakendError `unauthenticated` for one that is not good, or has ended */
  read(token: string): FirstStep;
}

/** How long the second step may take. */
const LIFETIME_MS = 5 * 60 * 1000;

/** Makes the tokens: a text and its keyed digest. It is no access token: it opens nothing but the second step. */
export function createMfaTokens(digest: (text: string) => string, now: () => number): MfaTokens {
  const sign = (text: string): string => digest(`mfa:${text}`);
  return {
    make(step) {
      const payload = { ...step, until: now() + LIFETIME_MS };
      const text = toBase64Url(new TextEncoder().encode(JSON.stringify(payload)));
      return `${text}.${sign(text)}`;
    },
    read(token) {
      const [text = "", signature = ""] = token.split(".");
      if (!sameText(signature, sign(text))) throw ended();
      const { until, ...step } = JSON.parse(new TextDecoder().decode(fromBase64Url(text)));
      if (until <= now()) throw ended();
      return step;
    },
  };
}

/** The answer to a first step that is void by now. */
export function ended(): BakendError {
  return new BakendError("unauthenticated", "This login has ended; begin anew.");
}
