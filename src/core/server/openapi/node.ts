/** A part of the description, as plain JSON. */
export type Node = Readonly<Record<string, unknown>>;

/** A reference to a schema of the description. */
export const ref = (name: string): Node => ({ $ref: `#/components/schemas/${name}` });

/** A body in JSON. Examples stand here and not in the schemas, where each would be repeated. */
export function jsonBody(schema: Node, examples?: Readonly<Record<string, unknown>>): Node {
  if (!examples) return { "application/json": { schema } };
  const values = Object.entries(examples).map(([name, value]) => [name, { value }]);
  return { "application/json": { schema, examples: Object.fromEntries(values) } };
}

/** A parameter. Without a description its name must say all. */
export function parameter(place: "path" | "query" | "header", name: string, schema: Node, rest: Node = {}): Node {
  return { name, in: place, ...(place === "path" ? { required: true } : {}), schema, ...rest };
}

/** Response headers: name -> description. */
export function headers(texts: Readonly<Record<string, string>>): Node {
  const entries = Object.entries(texts).map(([name, description]) => [
    name,
    { description, schema: { type: "string" } },
  ]);
  return { headers: Object.fromEntries(entries) };
}
