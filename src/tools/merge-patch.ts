/** A JSON Merge Patch (RFC 7396): objects are merged, null takes a key away, everything else takes the place of what was. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else Object.defineProperty(merged, key, { ...OWN, value: mergePatch(merged[key], value) });
  }
  return merged;
}

/** Defined and not assigned: a key may be called `__proto__`. */
const OWN = { configurable: true, enumerable: true, writable: true } as const;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
