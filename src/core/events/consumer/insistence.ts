/** Work that must not be left undone: what cannot be done now, since the database is full or busy, is done later. */
export interface Insistence {
  /** Resolves once it is done, or to false if it could not be, and all has stopped. */
  insist(work: () => Promise<unknown>): Promise<boolean>;
  /** Has everything tried again that could not be done. */
  again(): void;
}

/** What insistence needs. */
export interface InsistenceDeps {
  isStopped(): boolean;
  /** Told of each work that cannot be done at once. */
  onError(error: unknown): void;
}

/** Makes what insists on work. */
export function createInsistence({ isStopped, onError }: InsistenceDeps): Insistence {
  let next = Promise.withResolvers<void>();
  return {
    async insist(work) {
      for (let isTold = false; ; isTold = true) {
        try {
          await work();
          return true;
        } catch (error) {
          if (!isTold) onError(error);
        }
        if (isStopped()) return false;
        await next.promise;
      }
    },
    again() {
      next.resolve();
      next = Promise.withResolvers();
    },
  };
}
