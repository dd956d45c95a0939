/** The end of a call, and what ends with it: each is called once. */
export interface CallEnds {
  readonly over: boolean;
  /** What is added after the end is called at once. */
  add(end: () => void): void;
  /** The call has ended. */
  end(): void;
}

/** Makes an empty list. */
export function createCallEnds(): CallEnds {
  let all: (() => void)[] = [];
  let over = false;
  return {
    get over() {
      return over;
    },
    add(end) {
      if (over) end();
      else all.push(end);
    },
    end() {
      over = true;
      for (const end of all) end();
      all = [];
    },
  };
}
