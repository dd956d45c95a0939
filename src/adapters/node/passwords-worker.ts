import { parentPort } from "node:worker_threads";
import { hashSync, verifySync } from "@node-rs/argon2";
import { ARGON2 } from "../argon2.ts";
import { servePasswords } from "../password-thread.ts";

/** The package's number for argon2id. */
const ARGON2ID = 2;

if (parentPort !== null) {
  servePasswords(parentPort, {
    hash: (password) => hashSync(password, { algorithm: ARGON2ID, ...ARGON2 }),
    verify: (password, stored) => verifySync(stored, password),
  });
}
