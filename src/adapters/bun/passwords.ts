import type { PasswordHasher } from "../../core/auth/index.ts";
import { passwordsInThread } from "../password-thread.ts";
import { startThread } from "../thread.ts";
import { moduleUrl } from "./module-url.ts";

/** Bun's argon2id, on a thread of its own. */
export const bunPasswords: PasswordHasher = passwordsInThread(() =>
  startThread(moduleUrl("adapters/bun/passwords-worker")),
);
