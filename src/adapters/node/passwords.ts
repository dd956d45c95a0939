import { hash, verify } from "@node-rs/argon2";
import type { PasswordHasher } from "../../core/auth/index.ts";

/** OWASP's second choice of parameters for argon2id: 19 MiB, two passes. (2 is argon2id.) */
const OPTIONS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Argon2id in native code, on Node's own thread pool. */
export const nodePasswords: PasswordHasher = {
  hash: (password) => hash(password, OPTIONS),
  verify: (password, stored) => verify(stored, password),
};
