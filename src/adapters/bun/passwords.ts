import type { PasswordHasher } from "../../core/auth/index.ts";
import { passwordsInThread } from "../password-thread.ts";
import { startThread } from "../thread.ts";
import { workerUrl } from "./worker-url.ts";

/** Bun's argon2id, on a thread of its own. */
export const bunPasswords: PasswordHasher = passwordsInThread(() => startThread(workerUrl("passwords-worker")));
