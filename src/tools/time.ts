/** Makes a clock's `toISOString`, which formats each millisecond once: a busy server asks many times for the same one. */
export function createIsoClock(now: () => number): () => string {
  let last = -1;
  let text = "";
  return () => {
    const time = now();
    if (time !== last) {
      last = time;
      text = new Date(time).toISOString();
    }
    return text;
  };
}
