/** Does one piece of work after the other, in the order in which they are given to it; each settles as the work does. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** Makes an empty line. */
export function createInTurn(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
}
