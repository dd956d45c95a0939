/** Milliseconds in which signals count as one: a terminal's Ctrl-C reaches this process directly and through its parents. */
const SAME = 500;

/** Waits for SIGINT or SIGTERM. After the first one, another one ends the process at once, with code 130. */
export function onStopSignal(stop: (signal: string) => void): () => void {
  let first: number | undefined;
  const handle = (signal: string) => {
    const now = performance.now();
    if (first === undefined) {
      first = now;
      stop(signal);
    } else if (now - first > SAME) {
      process.exit(130);
    }
  };
  process.on("SIGINT", handle);
  process.on("SIGTERM", handle);
  return () => {
    process.off("SIGINT", handle);
    process.off("SIGTERM", handle);
  };
}
