import type { PasswordHasher } from "../../core/auth/index.ts";

/** OWASP's second choice of parameters for argon2id: 19 MiB, two passes. */
const OPTIONS = { algorithm: "argon2id", memoryCost: 19_456, timeCost: 2 } as const;

/** Bun's argon2id, on its own threads. */
export const bunPasswords: PasswordHasher = {
  hash: (password) => Bun.password.hash(password, OPTIONS),
  verify: (password, hash) => Bun.password.verify(password, hash),
};
