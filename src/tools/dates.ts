const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const INSTANT = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?([Zz]|[+-]\d{2}:?\d{2})$/;

/** Reads `YYYY-MM-DD` as a day that exists; `null` for anything else. */
export function parseDate(text: string): string | null {
  const match = DATE.exec(text);
  if (!match) return null;
  const time = Date.parse(`${text}T00:00:00.000Z`);
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text ? null : text;
}

/**
 * Reads an ISO 8601 date-time with an offset, or a bare date (midnight UTC), and returns the same instant as
 * `YYYY-MM-DDTHH:mm:ss.sssZ`; `null` for anything else. The result has a fixed width, so text order is time order.
 */
export function parseInstant(text: string): string | null {
  const day = parseDate(text);
  if (day) return `${day}T00:00:00.000Z`;
  const match = INSTANT.exec(text);
  if (!match) return null;
  const [, date = "", hours, minutes, seconds = "00", fraction = "", zone = "Z"] = match;
  if (!parseDate(date)) return null;
  const offset = zone.toUpperCase() === "Z" ? "Z" : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const time = Date.parse(`${date}T${hours}:${minutes}:${seconds}.${fraction.padEnd(3, "0").slice(0, 3)}${offset}`);
  if (Number.isNaN(time)) return null;
  const iso = new Date(time).toISOString();
  return iso.length === 24 ? iso : null;
}
