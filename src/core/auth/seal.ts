import { type FillRandom, fromBase64Url, toBase64Url } from "../../tools/index.ts";

/** Keeps what must be readable again out of a copy of the database: AES-256-GCM under the server's secret. */
export interface Seal {
  seal(bytes: Uint8Array<ArrayBuffer>): Promise<string>;
  /** @throws if it was not sealed with this secret */
  open(text: string): Promise<Uint8Array<ArrayBuffer>>;
}

const IV_BYTES = 12;

/** Makes the seal of a secret of at least 32 characters; its key is derived by HKDF (RFC 5869). */
export async function createSeal(secret: string, random: FillRandom): Promise<Seal> {
  const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
  const material = await crypto.subtle.importKey("raw", encode(secret), "HKDF", false, ["deriveKey"]);
  const derivation = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: encode("bakend seal") };
  const algorithm = { name: "AES-GCM", length: 256 };
  const key = await crypto.subtle.deriveKey(derivation, material, algorithm, false, ["encrypt", "decrypt"]);
  return {
    async seal(bytes) {
      const iv = random(new Uint8Array(IV_BYTES));
      const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, bytes);
      return `${toBase64Url(iv)}.${toBase64Url(new Uint8Array(sealed))}`;
    },
    async open(text) {
      const [iv = "", sealed = ""] = text.split(".");
      return new Uint8Array(
        await crypto.subtle.decrypt({ name: "AES-GCM", iv: fromBase64Url(iv) }, key, fromBase64Url(sealed)),
      );
    },
  };
}
