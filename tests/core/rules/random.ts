/** A reproducible source of choices. */
export interface Random {
  /** An integer from 0 to below `n`. */
  below(n: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** `make` called up to `most` times. */
  several<T>(most: number, make: () => T): T[];
}

/** The mulberry32 generator. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n: number) => Math.floor(next() * n);
  return {
    below,
    chance: (probability) => next() < probability,
    pick(items) {
      if (items.length === 0) throw new Error("nothing to pick from");
      return items[below(items.length)] as (typeof items)[number];
    },
    several: (most, make) => Array.from({ length: below(most + 1) }, make),
  };
}

/** A seed from the environment variable SEED, or a new one. */
export function seedFromEnvironment(): number {
  return process.env.SEED === undefined ? Date.now() % 1_000_000_007 : Number(process.env.SEED);
}
