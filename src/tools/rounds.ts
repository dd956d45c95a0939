/** Work that is done in rounds, one at a time: whoever asks while one is under way gets another one after it. */
export interface Rounds {
  /** Asks for a round: what is there now will have been looked at by its end. */
  ask(): void;
  /** What is under way; null for nothing. */
  readonly underWay: Promise<void> | null;
}

/** What rounds are made of. */
export interface RoundsDeps {
  /** One round. If it rejects, the next one begins when it is asked for. */
  round(): Promise<void>;
  /** Whether there are rounds now; looked at before each. */
  goesOn(): boolean;
  onError(error: unknown): void;
}

/** Makes rounds of some work. */
export function createRounds({ round, goesOn, onError }: RoundsDeps): Rounds {
  let wanted = false;
  let underWay: Promise<void> | null = null;

  async function go(): Promise<void> {
    // not before it is known to be under way
    await null;
    try {
      while (wanted && goesOn()) {
        wanted = false;
        await round();
      }
    } catch (error) {
      onError(error);
    } finally {
      underWay = null;
    }
  }

  return {
    ask() {
      wanted = true;
      underWay ??= go();
    },
    get underWay() {
      return underWay;
    },
  };
}
