import type { Random } from "../core/rules/random.ts";
import { type Field, rowsOf, type World } from "./world.ts";

/** The present of every case. */
export const NOW = "2024-01-01T12:30:00.000Z";
/** Stands in every text of a hidden field, and must never be seen. */
export const SECRET = "SECRET";

// biome-ignore format: a table
export const TEXTS = ["a", "A", "b", "ab", "é", "É", "ß", "ẞ", "ı", "İ", "Σας", "σ", "*", "[a]", "%", "'", "\\", "alpha beta", "Beta", "betas alpha", "😀", "\uffee", "5", "true", "2024-01-01", ""];
export const NUMBERS = [0, 1, 2, 3, -1, 5];
export const DECIMALS = [0, 1, 1.5, -2.5, 0.1, 3, 1e21];
// biome-ignore format: a table
export const INSTANTS = ["2024-01-01T00:00:00.000Z", "2023-12-31T23:59:59.999Z", NOW, "2024-01-02T00:00:00.000Z", "1970-01-01T00:00:00.000Z"];
export const DAYS = ["2024-01-01", "2023-12-31", "2024-01-02", "1970-01-01"];
export const OPTIONS = ["a", "b", "Beta", "é"];
export const MAILS = ["a@x.io", "b@x.io", "beta@alpha.io"];
const LINKS = ["https://x.io/", "https://x.io/a", "http://beta.io/"];
/** The files that there are; everybody may read them. */
export const FILES = [id(900_001), id(900_002)];
const PLACES = [
  { lat: 48.8, lng: 2.3 },
  { lat: 48.85, lng: 2.35 },
  { lat: 0, lng: 179.9 },
  { lat: 0, lng: -179.9 },
  { lat: 89.9, lng: 120 },
];

/** A UUID that says its number. */
export function id(number: number): string {
  return `01900000-0000-7000-8000-${String(number).padStart(12, "0")}`;
}

/** A field with what only its definition needs. */
export type FieldDefinition = Field & {
  readonly options?: readonly string[];
  readonly onDelete?: string;
  readonly collection?: string;
};

/** A value that the field accepts; a relation points at a row that is there. */
export function randomValue(random: Random, world: World, field: FieldDefinition): unknown {
  if (field.many) {
    const value = (): unknown => randomValue(random, world, { ...field, many: false });
    return [...new Set(random.several(3, value).filter((one) => one !== null))];
  }
  if (random.chance(field.target ? 0.2 : 0.25)) return null;
  switch (field.type) {
    case "text":
    case "richtext":
      return field.hidden ? `${SECRET} ${random.pick(TEXTS)}` : random.pick(TEXTS);
    case "integer":
      return random.pick(NUMBERS);
    case "number":
      return random.pick(DECIMALS);
    case "boolean":
      return random.chance(0.5);
    case "datetime":
      return random.pick(INSTANTS);
    case "date":
      return random.pick(DAYS);
    case "select":
      return random.pick(OPTIONS);
    case "email":
      return random.pick(MAILS);
    case "url":
      return random.pick(LINKS);
    case "json":
      return randomJson(random);
    case "file":
      return random.pick(FILES);
    case "geo":
      return random.pick(PLACES);
    default: {
      const rows = rowsOf(world, field.target ?? "");
      return rows.length > 0 ? random.pick(rows).id : null;
    }
  }
}

function randomJson(random: Random, depth = 0): unknown {
  switch (random.below(depth > 2 ? 4 : 8)) {
    case 0:
      return depth === 0 ? random.pick(TEXTS) : null;
    case 1:
      return random.chance(0.5);
    case 2:
      return random.pick(DECIMALS);
    case 3:
      return random.pick(TEXTS);
    case 4:
      return random.several(3, () => randomJson(random, depth + 1));
    default:
      return Object.fromEntries(
        random.several(3, () => [random.pick(["a", "b"]), randomJson(random, depth + 1)] as const),
      );
  }
}
