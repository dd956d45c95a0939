import type { PasswordHasher } from "../../core/auth/index.ts";
import { ARGON2, DECOY } from "../argon2.ts";

/** Bun's argon2id, on its own threads. */
export const bunPasswords: PasswordHasher = {
  hash: (password) => {
    const { memoryCost, timeCost } = ARGON2;
    return Bun.password.hash(password, { algorithm: "argon2id", memoryCost, timeCost });
  },
  verify: (password, hash) => Bun.password.verify(password, hash).catch(() => false),
  decoy: DECOY,
};
