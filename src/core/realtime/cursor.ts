/** The text of a place in a stream of events. */
export function toCursor(epoch: string, seq: number): string {
  return `${epoch}-${seq}`;
}

/** The place that a cursor names in this stream; null for a cursor of another one, or none at all. */
export function fromCursor(epoch: string, cursor: string): number | null {
  const [, where, place] = /^(\w+)-(\d{1,15})$/.exec(cursor) ?? [];
  return where === epoch && place !== undefined ? Number(place) : null;
}
