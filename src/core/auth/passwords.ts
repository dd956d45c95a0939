import { BakendError } from "../errors.ts";

/** Makes and checks argon2id hashes (RFC 9106) in PHC string format. Platforms have faster ones than JavaScript could be. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** False for a hash that it cannot read. */
  verify(password: string, hash: string): Promise<boolean>;
  /** A hash in this hasher's own format and at its own cost that no password is known for. */
  readonly decoy: string;
}

/** Makes and checks password hashes without letting a storm of logins take all processors, and without telling who has an account. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes the same time whether there is a hash or not. @throws BakendError `unavailable` when too many wait */
  verify(password: string, hash: string | null): Promise<boolean>;
}

/** Hashes at work at once; more wait their turn. One leaves a core of a small machine to everybody else. */
const CONCURRENCY = 1;
/** A longer queue is answered too late to be of use to anybody. */
const MAX_WAITING = 200;

/** Puts a hasher behind a queue. */
export function createPasswords(hasher: PasswordHasher): Passwords {
  let running = 0;
  const waiting: (() => void)[] = [];

  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running < CONCURRENCY) running += 1;
    else if (waiting.length >= MAX_WAITING) throw tooMany();
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // the place is handed on: given back first, a newcomer could take it in between
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
  return {
    hash: (password) => inTurn(() => hasher.hash(password)),
    async verify(password, hash) {
      // an unknown address costs what a known one costs
      const matches = await inTurn(() => hasher.verify(password, hash ?? hasher.decoy));
      return hash !== null && matches;
    },
  };
}

function tooMany(): BakendError {
  return new BakendError("unavailable", "Too many passwords are being checked; try again.", {
    headers: { "retry-after": "5" },
  });
}
