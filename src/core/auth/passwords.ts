/** Makes and checks argon2id hashes (RFC 9106) in PHC string format. Platforms have faster ones than JavaScript could be. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  verify(password: string, hash: string): Promise<boolean>;
}

/** Checks passwords without letting a storm of logins take all processors, and without telling who has an account. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes the same time whether there is a hash or not. */
  verify(password: string, hash: string | null): Promise<boolean>;
}

/** Hashes at work at once; more wait their turn. One leaves a core of a small machine to everybody else. */
const CONCURRENCY = 1;

/** Puts a hasher behind a queue. */
export function createPasswords(hasher: PasswordHasher, randomText: () => string): Passwords {
  let running = 0;
  const waiting: (() => void)[] = [];
  let decoy: Promise<string> | undefined;

  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= CONCURRENCY) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };
  // an unknown address costs what a known one costs: a check against the hash of something nobody knows
  const decoyHash = (): Promise<string> => {
    decoy ??= inTurn(() => hasher.hash(randomText()));
    return decoy;
  };
  return {
    hash: (password) => inTurn(() => hasher.hash(password)),
    async verify(password, hash) {
      const against = hash ?? (await decoyHash());
      const matches = await inTurn(() => hasher.verify(password, against));
      return hash !== null && matches;
    },
  };
}
