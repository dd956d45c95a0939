import { getPriority, setPriority } from "node:os";
import type { PasswordHasher } from "../core/auth/index.ts";
import { DECOY } from "./argon2.ts";
import type { Thread } from "./thread.ts";

/** Makes and checks argon2id hashes at once, on the calling thread. Throws what is wrong with a hash. */
export interface PasswordsNow {
  hash(password: string): string;
  verify(password: string, hash: string): boolean;
}

/** What crosses to the thread, as JSON text; a request without a hash asks for one. The answers come in order. */
interface Ask {
  readonly password: string;
  readonly hash?: string;
}

/** The hash that was made, or whether the password fits; or why it could not be done. */
interface Answer {
  readonly value?: string | boolean;
  readonly error?: string;
}

interface Waiting {
  readonly resolve: (value: string | boolean) => void;
  readonly reject: (error: Error) => void;
}

/** How much nicer the thread is than the rest. Whoever signs in waits a moment longer, so that nobody else does. */
const NICER = 10;
const NICEST = 19;

/**
 * A hasher whose work is done by a thread of its own, which runs `servePasswords` and gives way to all others. It is started
 * by the first password, and again if it has ended.
 */
export function passwordsInThread(start: () => Thread): PasswordHasher {
  let thread: Thread | null = null;
  const waiting: Waiting[] = [];

  const started = (): Thread => {
    const made = start();
    made.onMessage((message) => {
      const { value, error }: Answer = JSON.parse(message);
      const first = waiting.shift();
      if (value === undefined) first?.reject(new Error(error));
      else first?.resolve(value);
      if (waiting.length === 0) made.hold(false);
    });
    made.onEnd((error) => {
      thread = null;
      for (const { reject } of waiting.splice(0)) reject(error ?? new Error("The thread of passwords has ended."));
    });
    made.hold(false);
    return made;
  };
  const ask = (request: Ask): Promise<string | boolean> =>
    new Promise((resolve, reject) => {
      thread ??= started();
      if (waiting.length === 0) thread.hold(true);
      waiting.push({ resolve, reject });
      thread.post(JSON.stringify(request));
    });

  return {
    hash: async (password) => String(await ask({ password })),
    verify: async (password, hash) => (await ask({ password, hash })) === true,
    decoy: DECOY,
  };
}

/** The thread's end of the line. */
interface Port {
  on(event: "message", listener: (message: string) => void): unknown;
  postMessage(message: string): void;
}

/** Serves passwords over a port, at a lower priority than the rest of the process where threads have one each. */
export function servePasswords(port: Port, { hash, verify }: PasswordsNow): void {
  // on Linux this is about the calling thread; elsewhere it would be about the whole process
  if (process.platform === "linux") setPriority(0, Math.min(getPriority(0) + NICER, NICEST));
  const answer = ({ password, hash: stored }: Ask): Answer => {
    try {
      return { value: stored === undefined ? hash(password) : verify(password, stored) };
    } catch (error) {
      // a hash that cannot be read fits nothing
      return stored === undefined ? { error: String(error) } : { value: false };
    }
  };
  port.on("message", (message) => port.postMessage(JSON.stringify(answer(JSON.parse(message)))));
}
