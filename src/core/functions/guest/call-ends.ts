/** What ends with a call: each is called once, when it ends. */
export interface CallEnds {
  /** What is added after the end is called at once. */
  add(end: () => void): void;
  /** It has ended by itself. */
  delete(end: () => void): void;
  /** The call has ended. */
  end(): void;
}

/** Makes an empty list. */
export function createCallEnds(): CallEnds {
  const all = new Set<() => void>();
  let over = false;
  return {
    add(end) {
      if (over) end();
      else all.add(end);
    },
    delete: (end) => void all.delete(end),
    end() {
      over = true;
      for (const end of all) end();
      all.clear();
    },
  };
}
