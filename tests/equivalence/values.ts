import type { Expression } from "../../src/core/rules/index.ts";

type Operator = Extract<Expression, { kind: "comparison" }>["op"];

/** What each operator says of two values. */
export const OPERATORS: Readonly<Record<Operator, (left: unknown, right: unknown) => boolean>> = {
  "=": same,
  in: same,
  "!=": (left, right) => !same(left, right),
  "<": (left, right) => (order(left, right) ?? 0) < 0,
  "<=": (left, right) => (order(left, right) ?? 1) <= 0,
  ">": (left, right) => (order(left, right) ?? 0) > 0,
  ">=": (left, right) => (order(left, right) ?? -1) >= 0,
  "~": contains,
  "!~": (left, right) => !contains(left, right),
};

function same(left: unknown, right: unknown): boolean {
  if (left instanceof Date && right instanceof Date) return left.getTime() === right.getTime();
  return left === right && (left === null || typeof left !== "object");
}

/** Negative, zero or positive; undefined where there is no order. */
function order(left: unknown, right: unknown): number | undefined {
  if (left instanceof Date && right instanceof Date) return left.getTime() - right.getTime();
  if (typeof left === "number" && typeof right === "number") return left < right ? -1 : left > right ? 1 : 0;
  return typeof left === "string" && typeof right === "string" ? compareByCodePoint(left, right) : undefined;
}

/** Negative, zero or positive. */
export function compareByCodePoint(left: string, right: string): number {
  const [a, b] = [Array.from(left), Array.from(right)];
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const difference = (a[at]?.codePointAt(0) ?? 0) - (b[at]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function contains(left: unknown, right: unknown): boolean {
  return typeof left === "string" && typeof right === "string" && fold(left).includes(fold(right));
}

function fold(text: string): string {
  const one = (mapped: string, plain: string): string => (Array.from(mapped).length === 1 ? mapped : plain);
  const folded = (letter: string): string => {
    if (letter === "İ") return "i";
    const upper = one(letter.toUpperCase(), letter);
    return one(upper.toLowerCase(), upper);
  };
  return Array.from(text, folded).join("");
}
/** The value at the end of keys. */
export function follow(value: unknown, text: string): unknown {
  return text.split(".").reduce(member, value);
}

/** A value of an object. */
export function member(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}

/** The values there are: not null, nor an empty text. */
export function presentValues(value: unknown): readonly unknown[] {
  return (Array.isArray(value) ? value : [value]).filter((one) => one !== undefined && one !== null && one !== "");
}

/** ASCII letters only. */
export const lower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
/** The characters of a text, the items of a list. */
export function measure(value: unknown): number | null {
  if (typeof value === "string") return Array.from(value).length;
  return Array.isArray(value) ? value.length : null;
}

/** Along a great circle of the mean sphere. */
export function kilometres(place: unknown, lat: number, lng: number): number | null {
  const [south, west] = [member(place, "lat"), member(place, "lng")];
  if (typeof south !== "number" || typeof west !== "number") return null;
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const vector = (a: number, b: number) => [Math.cos(a) * Math.cos(b), Math.cos(a) * Math.sin(b), Math.sin(a)];
  const [p, q] = [vector(radians(south), radians(west)), vector(radians(lat), radians(lng))];
  const chord = Math.hypot(...p.map((value, axis) => value - (q[axis] ?? 0)));
  return 2 * 6371.0088 * Math.asin(Math.min(1, chord / 2));
}
