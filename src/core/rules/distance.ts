/** The mean radius of the Earth in kilometres (IUGG, R1 of the GRS 80 ellipsoid). */
export const EARTH_RADIUS = 6371.0088;

const RADIANS = Math.PI / 180;

/** Great-circle distance in kilometres between two positions in degrees, by the haversine formula. */
export function haversine(lat: number, lng: number, lat0: number, lng0: number): number {
  const across =
    Math.sin(((lat - lat0) * RADIANS) / 2) ** 2 +
    Math.cos(lat0 * RADIANS) * Math.cos(lat * RADIANS) * Math.sin(((lng - lng0) * RADIANS) / 2) ** 2;
  return 2 * EARTH_RADIUS * Math.asin(Math.sqrt(Math.min(1, across)));
}

/** The same in SQL, NULL with any NULL. The arguments write SQL of degrees; they are called in the order of the text. */
export function haversineSql(lat: () => string, lng: () => string, lat0: () => string, lng0: () => string): string {
  const across =
    `pow(sin(radians(${lat()} - ${lat0()}) / 2), 2) + ` +
    `cos(radians(${lat0()})) * cos(radians(${lat()})) * pow(sin(radians(${lng()} - ${lng0()}) / 2), 2)`;
  return `${2 * EARTH_RADIUS} * asin(sqrt(min(1.0, ${across})))`;
}

/** Degrees within which every position nearer than a distance lies. */
export interface Box {
  readonly south: number;
  readonly north: number;
  /** Absent where the box would touch a pole or the antimeridian. */
  readonly west?: number;
  readonly east?: number;
}

/**
 * A box around all positions within `radius` kilometres of a position. `undefined` where it would say nothing.
 * (J. P. Matuschek, "Finding points within a distance of a latitude/longitude using bounding coordinates".)
 */
export function boundingBox(lat: number, lng: number, radius: number): Box | undefined {
  if (!(Math.abs(lat) <= 90 && Math.abs(lng) <= 180)) return undefined;
  const angle = Math.max(0, radius) / EARTH_RADIUS;
  const reach = widen(angle / RADIANS);
  const [south, north] = [lat - reach, lat + reach];
  if (south <= -90 && north >= 90) return undefined;
  if (south <= -90 || north >= 90) return { south, north };
  const side = widen(Math.asin(Math.min(1, Math.sin(angle) / Math.cos(lat * RADIANS))) / RADIANS);
  const [west, east] = [lng - side, lng + side];
  return west <= -180 || east >= 180 ? { south, north } : { south, north, west, east };
}

// The box only has to contain the circle, so rounding may err outwards.
const widen = (degrees: number) => degrees * (1 + 1e-9) + 1e-7;
