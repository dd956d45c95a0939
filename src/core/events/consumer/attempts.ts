import { FinalError } from "../../errors.ts";
import type { Place } from "./deliveries.ts";
import type { ConsumerDeps } from "./deps.ts";

/** Why a delivery was not made, and whether it must not be tried again. */
export interface Failure {
  readonly error: string;
  readonly isFinal: boolean;
}

/** The tries to deliver, and the targets that rest from them. */
export interface Attempts {
  /** Delivers. Resolves to null for what is done, and for what nobody wants any more. */
  make(place: Place, isKept: boolean): Promise<Failure | null>;
  rests(target: string, at?: number): boolean;
}

/** Milliseconds from which on a failure took long. */
const LONG = 1000;

/** Characters of an error that are kept. */
const ERROR_LENGTH = 2000;

const NO_TARGET: Failure = { error: "There is nothing of this name any more.", isFinal: false };

/** Makes the tries of a consumer. */
export function createAttempts(deps: ConsumerDeps): Attempts {
  const { now } = deps;
  const restsUntil = new Map<string, number>();
  return {
    async make({ target, logged }, isKept) {
      const { type } = logged.event;
      if (deps.isGone?.(target, type)) return null;
      if (isKept && !deps.targetsOf(type).includes(target)) return NO_TARGET;
      const began = now();
      try {
        await deps.deliver(target, logged);
        restsUntil.delete(target);
        return null;
      } catch (error) {
        const took = now() - began;
        if (deps.apart && took >= LONG) restsUntil.set(target, now() + took);
        if (deps.isGone?.(target, type)) return null;
        return { error: describe(error), isFinal: error instanceof FinalError };
      }
    },
    rests: (target, at = now()) => at < (restsUntil.get(target) ?? 0),
  };
}

function describe(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, ERROR_LENGTH);
}
