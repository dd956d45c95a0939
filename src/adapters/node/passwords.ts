import type { PasswordHasher } from "../../core/auth/index.ts";
import { passwordsInThread } from "../password-thread.ts";
import { startThread } from "../thread.ts";
import { workerUrl } from "./worker-url.ts";

/** Argon2id in native code, on a thread of its own. */
export const nodePasswords: PasswordHasher = passwordsInThread(() => startThread(workerUrl("passwords-worker")));
