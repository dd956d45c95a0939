/** Whether a process rests while no call runs in it: if it computes, a call has left something behind. */
export interface Rest {
  /** A call of the function with that name is given to it. */
  begin(name: string): void;
  /** Called a few times a second. Names the functions that ran in it last, if it has been computing since; null otherwise. */
  look(): readonly string[] | null;
}

/** What it is made of. */
export interface RestDeps {
  now(): number;
  /** Milliseconds that the process has had of the processors. */
  processorTime(): number;
  isBusy(): boolean;
}

/** Milliseconds without a call after which it is judged: it may have garbage to collect first. */
const SPELL = 1500;

/** The part of them that makes it one that computes. */
const COMPUTES = 0.5;

/** Makes the watch of one process. What it does before its first call, its files have begun, and is not looked at. */
export function createRest({ now, processorTime, isBusy }: RestDeps): Rest {
  let ran = new Set<string>();
  let since: { readonly at: number; readonly used: number } | null = null;
  let rested = false;
  const start = (): void => {
    since = { at: now(), used: processorTime() };
  };
  return {
    begin(name) {
      if (rested) ran = new Set();
      rested = false;
      since = null;
      ran.add(name);
    },
    look() {
      if (ran.size === 0 || isBusy()) return null;
      if (since === null) start();
      else if (now() - since.at >= SPELL) {
        const { at, used } = since;
        start();
        if (since.used - used >= (since.at - at) * COMPUTES) return [...ran];
        rested = true;
      }
      return null;
    },
  };
}
