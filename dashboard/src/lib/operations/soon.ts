/**
 * A task that is done shortly after it is called for, once for all calls until then: many events that come together make
 * one look at the server.
 */
export function soon(task: () => void, milliseconds = 250): () => void {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      task();
    }, milliseconds);
  };
}
