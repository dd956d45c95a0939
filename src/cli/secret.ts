import { randomSecret } from "../core/auth/index.ts";

/** A new secret of 256 random bits. */
export function newSecret(): string {
  return randomSecret((bytes) => crypto.getRandomValues(bytes));
}
