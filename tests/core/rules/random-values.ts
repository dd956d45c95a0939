import type { Random } from "./random.ts";

/** Random values from a small pool, so that a literal and a row often meet. Each world has a pool of its own. */
export interface Values {
  text(): string;
  number(): number;
  instant(): string;
  day(): string;
  place(): { lat: number; lng: number };
  json(depth?: number): unknown;
  key(): string;
}

// biome-ignore format: one theme per line
const THEMES: readonly (readonly string[])[] = [
  ["a", "A", "b", "ab", "aB", "é", "É", "e\u0301"],
  ["Straße", "STRASSE", "ẞ", "ß", "ss", "S", "ſ", "k", "K", "\u212a"],
  ["σ", "ς", "Σ", "ΟΔΟΣ", "οδος", "θ", "ϑ", "ϴ", "μ", "µ", "ᾳ", "ᾼ"],
  ["жук", "ЖУК", "ё", "Ё", "ꭰ", "Ꭰ"],
  ["i", "I", "ı", "İ", "istanbul", "İSTANBUL", "dž", "Dž", "DŽ"],
  ["😀", "𐐀", "𐐨", "\uffee", "\ue000", "漢字", "🇫🇷"],
  ["*", "?", "[", "]", "[a]", "[^a]", "^", "-", "a-z", "a", "%", "_"],
  ["'", '"', "\\", "\\n", "\n", "\t", " ", "--", ";", "$", "$.a", "{}", "[]"],
  ["0", "5", "1.5", "true", "null", "2024-01-01", "2024-01-01T00:00:00.000Z", ""],
];

// biome-ignore format: a table
const NUMBERS = [0, 1, -1, 5, 2, 1.5, 0.1, 0.2, 0.30000000000000004, -2.5, 1e21, -1e21, 1e300, 2 ** 60, 2 ** 60, -(2 ** 62) - 4096, 2 ** 31, 1e-7];

// biome-ignore format: a table
const INSTANTS = [
  "2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00.001Z", "2023-12-31T23:59:59.999Z", "2024-01-01T12:30:00.000Z",
  "2024-01-02T00:00:00.000Z", "1970-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z",
];

const DAYS = ["2024-01-01", "2023-12-31", "2024-01-02", "1970-01-01"];

const PLACES = [
  { lat: 48.8, lng: 2.3 },
  { lat: 48.85, lng: 2.35 },
  { lat: 48.8, lng: -2.3 },
  { lat: 0, lng: 179.9 },
  { lat: 0, lng: -179.9 },
  { lat: 90, lng: 0 },
  { lat: 89.9, lng: 120 },
  { lat: 89.9, lng: -60 },
  { lat: -89.9, lng: 120 },
];

const KEYS = ["a", "b", "__proto__"];

export function createValues(random: Random): Values {
  const fragments = [...random.pick(THEMES), ...random.pick(THEMES)];
  const numbers = Array.from({ length: 5 }, () => random.pick(NUMBERS));
  const values: Values = {
    text: () => random.several(2, () => random.pick(fragments)).join(""),
    number: () => random.pick(numbers),
    instant: () => random.pick(INSTANTS),
    day: () => random.pick(DAYS),
    place: () => random.pick(PLACES),
    json: (depth = 0) => json(depth),
    key: () => random.pick(KEYS),
  };
  return values;

  function json(depth: number): unknown {
    switch (random.below(depth > 2 ? 6 : 10)) {
      case 0:
        return null;
      case 1:
        return random.chance(0.5);
      case 2:
        return values.number();
      case 3:
        return values.number();
      case 4:
      case 5:
        return values.text();
      case 6:
        return random.several(3, () => json(depth + 1));
      default:
        return Object.fromEntries(random.several(3, () => [values.key(), json(depth + 1)] as const));
    }
  }
}
