type Schema = Readonly<Record<string, unknown>>;

const FORMATS: Readonly<Record<string, RegExp>> = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  date: /^\d{4}-\d\d-\d\d$/,
  email: /^\S+@\S+$/,
  uri: /^[a-z]+:\/\/\S+$/i,
};

const KNOWN = new Set(
  "$ref type enum const anyOf oneOf properties required additionalProperties items uniqueItems minItems maxItems minimum maximum minLength maxLength pattern format description default".split(
    " ",
  ),
);

/** Where a value breaks a JSON Schema (2020-12, as far as our descriptions use it); empty if it does not. */
export function schemaFaults(root: Schema, schema: Schema, value: unknown, at = "$"): readonly string[] {
  const strange = Object.keys(schema).filter((key) => !KNOWN.has(key));
  if (strange.length > 0) return [`${at}: this checker does not know ${strange.join(", ")}`];
  if (typeof schema.$ref === "string") return schemaFaults(root, resolveRef(root, schema.$ref), value, at);
  const inner = (one: unknown, of: unknown, where: string) => schemaFaults(root, one as Schema, of, where);
  const faults: string[] = [];
  const want = (holds: boolean, what: string) => {
    if (!holds) faults.push(`${at}: ${what}, but is ${JSON.stringify(value)?.slice(0, 80)}`);
  };

  for (const [word, least, most] of [
    ["anyOf", 1, Infinity],
    ["oneOf", 1, 1],
  ] as const) {
    const choices = schema[word] as readonly Schema[] | undefined;
    if (!choices) continue;
    const fits = choices.filter((one) => inner(one, value, at).length === 0).length;
    want(fits >= least && fits <= most, `fits ${fits} of ${word}`);
  }
  if (schema.type !== undefined)
    want(
      [schema.type].flat().some((type) => isType(type, value)),
      `must be ${schema.type}`,
    );
  if (schema.enum) want((schema.enum as unknown[]).includes(value), `must be one of ${schema.enum}`);
  if (typeof value === "string") {
    const length = [...value].length;
    want(
      length >= Number(schema.minLength ?? 0) && length <= Number(schema.maxLength ?? Infinity),
      "has the wrong length",
    );
    if (schema.pattern) want(new RegExp(String(schema.pattern), "u").test(value), `must match ${schema.pattern}`);
    if (schema.format) want(FORMATS[String(schema.format)]?.test(value) === true, `must be a ${schema.format}`);
  }
  if (typeof value === "number")
    want(
      value >= Number(schema.minimum ?? -Infinity) && value <= Number(schema.maximum ?? Infinity),
      "is out of range",
    );
  if (Array.isArray(value)) {
    want(
      value.length >= Number(schema.minItems ?? 0) && value.length <= Number(schema.maxItems ?? Infinity),
      "has a wrong size",
    );
    if (schema.uniqueItems) want(new Set(value.map((one) => JSON.stringify(one))).size === value.length, "has twins");
    if (schema.items)
      for (const [index, one] of value.entries()) faults.push(...inner(schema.items, one, `${at}.${index}`));
  } else if (typeof value === "object" && value !== null) {
    const properties = (schema.properties ?? {}) as Record<string, Schema>;
    for (const key of (schema.required ?? []) as string[]) want(Object.hasOwn(value, key), `must have ${key}`);
    for (const [key, one] of Object.entries(value)) {
      if (Object.hasOwn(properties, key)) faults.push(...inner(properties[key], one, `${at}.${key}`));
      else want(schema.additionalProperties !== false, `must not have ${key}`);
    }
  }
  return faults;
}

/** What a `$ref` within the document points at. */
export function resolveRef(root: Schema, ref: string): Schema {
  const found = ref
    .slice(2)
    .split("/")
    .reduce<unknown>((node, key) => (node as Schema | undefined)?.[key], root);
  if (found === undefined) throw new Error(`${ref} points at nothing`);
  return found as Schema;
}

function isType(type: unknown, value: unknown): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}
