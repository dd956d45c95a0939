import { hash, verify } from "@node-rs/argon2";
import type { PasswordHasher } from "../../core/auth/index.ts";
import { ARGON2, DECOY } from "../argon2.ts";

/** The package's number for argon2id. */
const ARGON2ID = 2;

/** Argon2id in native code, on Node's own thread pool. */
export const nodePasswords: PasswordHasher = {
  hash: (password) => hash(password, { algorithm: ARGON2ID, ...ARGON2 }),
  verify: (password, stored) => verify(stored, password).catch(() => false),
  decoy: DECOY,
};
