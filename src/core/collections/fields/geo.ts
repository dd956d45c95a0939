import type { FieldDefinitionOf } from "../definition.ts";
import { type Field, isNullable } from "./field.ts";
import { jsonNumber } from "./number.ts";

/** A point on the earth, in degrees (WGS 84). */
export interface GeoPoint {
  readonly lat: number;
  readonly lng: number;
}

/** `geo`: `{ lat, lng }` in degrees, kept in two columns so that an index can serve a search nearby. */
export function geoField(definition: FieldDefinitionOf<"geo">): Field {
  const { name } = definition;
  const nullable = isNullable(definition);
  const [lat, lng] = [`${name}.lat`, `${name}.lng`];
  return {
    name,
    definition,
    nullable,
    columns: [
      { name: lat, type: "REAL", nullable },
      { name: lng, type: "REAL", nullable },
    ],
    schema: { kind: "geo", name, lat, lng },
    parse: (value, fail) => {
      if (!isPoint(value)) return fail("type", 'must be { "lat": number, "lng": number } and nothing else');
      if (Math.abs(value.lat) > 90) return fail("max", "lat must be from -90 to 90");
      if (Math.abs(value.lng) > 180) return fail("max", "lng must be from -180 to 180");
      return { lat: value.lat, lng: value.lng };
    },
    store: (value) => (isPoint(value) ? [value.lat, value.lng] : [null, null]),
    load: (row) => (row[lat] === null ? null : { lat: row[lat], lng: row[lng] }),
    json: (column) =>
      `json(iif(${column(lat)} IS NULL, 'null', json_object('lat', ${jsonNumber(column(lat))}, 'lng', ${jsonNumber(column(lng))})))`,
    jsonSchema: () => ({
      type: "object",
      properties: {
        lat: { type: "number", minimum: -90, maximum: 90 },
        lng: { type: "number", minimum: -180, maximum: 180 },
      },
      required: ["lat", "lng"],
      additionalProperties: false,
    }),
  };
}

function isPoint(value: unknown): value is GeoPoint {
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 2) return false;
  return "lat" in value && Number.isFinite(value.lat) && "lng" in value && Number.isFinite(value.lng);
}
