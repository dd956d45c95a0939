// ISO 8601 calendar dates and date-times with an offset, years 0000 to 9999 (the subset of RFC 3339, section 5.6,
// plus times without seconds and offsets without a colon).
const FORM = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d{2}):?(\d{2})))?$/;

/**
 * The normal form `YYYY-MM-DDTHH:mm:ss.sssZ` of a date (its midnight UTC) or a date-time with an offset; digits past
 * the millisecond are dropped. `undefined` if `text` is neither. Normal forms sort as instants do.
 */
export function toInstant(text: string): string | undefined {
  if (text.length === 24 && text.endsWith("Z") && isNormal(text)) return text;
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = "00", minute = "00", second = "00", fraction = "", sign, hours, minutes] = match;
  if (Number(hours ?? 0) > 23 || Number(minutes ?? 0) > 59) return undefined;
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, "0")}Z`;
  if (!isNormal(local)) return undefined;
  if (sign === undefined) return local;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === "-" ? -1 : 1);
  const instant = new Date(Date.parse(local) - offset).toISOString();
  return instant.length === 24 ? instant : undefined; // years outside 0000 to 9999 are written longer
}

/** A calendar day `YYYY-MM-DD` that exists; `undefined` if `text` is none. */
export function toDate(text: string): string | undefined {
  return text.length === 10 && toInstant(text) !== undefined ? text : undefined;
}

// `Date` rolls 31 February over into March and 24:00 into the next day, so only what comes back unchanged is valid.
function isNormal(text: string): boolean {
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString() === text;
}
