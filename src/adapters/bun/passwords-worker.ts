import { parentPort } from "node:worker_threads";
import { ARGON2 } from "../argon2.ts";
import { servePasswords } from "../password-thread.ts";

const { memoryCost, timeCost } = ARGON2;

if (parentPort !== null) {
  servePasswords(parentPort, {
    hash: (password) => Bun.password.hashSync(password, { algorithm: "argon2id", memoryCost, timeCost }),
    verify: (password, hash) => Bun.password.verifySync(password, hash),
  });
}
