/** What can stand in a filter as a value. */
export type FilterValue = string | number | boolean | null | Date;

/**
 * A filter with values in it, each as a literal whatever it contains:
 *
 *     where`author = ${id} && title ~ ${words}`
 */
export function where(parts: TemplateStringsArray, ...values: readonly FilterValue[]): string {
  return parts.reduce((text, part, index) => text + literal(values[index - 1] ?? null) + part);
}

/** A value as the language of filters writes it, for filters that are put together by hand. @throws TypeError for a number that it cannot write */
export function literal(value: FilterValue): string {
  if (value instanceof Date) return literal(value.toISOString());
  if (typeof value === "string") return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  if (typeof value === "number" && !Number.isFinite(value)) throw new TypeError(`A filter cannot hold ${value}.`);
  return String(value);
}
