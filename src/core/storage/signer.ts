import { sameText } from "../../tools/index.ts";
import { fileUrl } from "../collections/index.ts";

/** An address that opens one file to whoever has it, for a time. */
export interface SignedUrl {
  readonly url: string;
  readonly expiresAt: string;
}

/** Makes and checks signed addresses. */
export interface Signer {
  /** @param seconds how long it is good */
  sign(id: string, seconds: number): SignedUrl;
  /** Whether these parts of an address open the file, now. */
  opens(id: string, expires: string, signature: string): boolean;
}

/** Makes the signer of a server. `digest` is keyed with its secret; a signature says the file and the end, in seconds since 1970. */
export function createSigner(digest: (text: string) => string, now: () => number): Signer {
  const signatureOf = (id: string, expires: string): string => digest(`file:${id}:${expires}`);
  return {
    sign(id, seconds) {
      const expires = Math.floor(now() / 1000) + seconds;
      const signature = signatureOf(id, String(expires));
      const url = `${fileUrl(id)}?expires=${expires}&signature=${signature}`;
      return { url, expiresAt: new Date(expires * 1000).toISOString() };
    },
    opens(id, expires, signature) {
      if (!/^\d{1,12}$/.test(expires) || Number(expires) * 1000 <= now()) return false;
      return sameText(signatureOf(id, expires), signature);
    },
  };
}
