let last = Number.NaN;
let text = "";

/** `new Date(time).toISOString()`, formatted once a millisecond: a busy server asks many times for the same one. */
export function toIso(time: number): string {
  if (time !== last) {
    text = new Date(time).toISOString();
    last = time;
  }
  return text;
}
