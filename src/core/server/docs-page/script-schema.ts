/** Elements, references, and schemas as people read them. Plain JavaScript: it runs in the browser as it stands here. */
export const schemaScript: string = String.raw`
let spec = {};

/** Makes an element. Text children become text nodes: nothing from the description is ever parsed as markup. */
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== ""));
  return node;
}

/** A sentence or more, with what stands between backquotes set as code. */
function prose(text) {
  return text.split(/\u0060([^\u0060]+)\u0060/).map((part, index) => (index % 2 === 1 ? el("code", {}, part) : part));
}

/** The node that a reference within the description leads to. */
function resolve(node) {
  for (let steps = 0; node && typeof node.$ref === "string" && steps < 20; steps += 1) {
    const keys = node.$ref.slice(2).split("/").map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
    node = keys.reduce((from, key) => from?.[key], spec);
  }
  return node ?? {};
}

const refName = (schema) => schema.$ref.split("/").pop();
const choicesOf = (schema) => schema.oneOf ?? schema.anyOf;
const typesOf = (schema) => [schema.type ?? []].flat();

/** A schema's type in a few words. */
function typeText(schema) {
  if (schema.$ref) return refName(schema);
  if (choicesOf(schema)) return [...new Set(choicesOf(schema).map(typeText))].join(" or ");
  const types = typesOf(schema);
  if (types.includes("array")) return "array of " + typeText(schema.items ?? {});
  const names = types.map((type) => (type === "string" && schema.format ? schema.format : type));
  return names.length > 0 ? names.join(" or ") : "any value";
}

/** What a value must fulfil beside its type. */
function factsOf(schema) {
  const facts = [];
  const range = (least, most, unit) => {
    const words = (number) => number.toLocaleString("en") + (number === 1 ? unit : unit && unit + "s");
    if (least !== undefined && most !== undefined) facts.push(least.toLocaleString("en") + " to " + words(most));
    else if (least !== undefined) facts.push("at least " + words(least));
    else if (most !== undefined) facts.push("at most " + words(most));
  };
  const inner = choicesOf(schema)?.find((one) => one.enum) ?? schema;
  const values = inner.enum ?? inner.items?.enum;
  if (values) facts.push((values.length > 1 ? "one of " : "always ") + values.join(", "));
  range(schema.minLength, schema.maxLength, " character");
  range(schema.minimum, schema.maximum, "");
  range(schema.minItems, schema.maxItems, " item");
  if (schema.pattern) facts.push("matches " + schema.pattern);
  if (schema.default !== undefined) facts.push("default " + JSON.stringify(schema.default));
  return facts;
}

/** The schema in which properties are to be seen, behind arrays, references and "or null". */
function innerObject(schema) {
  if (choicesOf(schema)) {
    const rest = choicesOf(schema).filter((one) => one.type !== "null");
    return rest.length === 1 ? innerObject(rest[0]) : undefined;
  }
  const target = resolve(schema);
  if (typesOf(target).includes("array")) return innerObject(target.items ?? {});
  return target.properties ? target : undefined;
}

/** The schema of an array's items, if they may be objects of several kinds. */
function alternativesOf(schema) {
  const { items } = resolve(schema);
  return items && choicesOf(items)?.some(innerObject) ? items : undefined;
}

/** A schema to look at: its properties, or its alternatives. What lies deeper is made when it is opened. */
function schemaView(schema, must = "required") {
  const target = schema.$ref ? resolve(schema) : schema;
  const choices = choicesOf(target);
  if (choices && !innerObject(target)) {
    const objects = choices.map(innerObject);
    return el("div", { class: "schema" }, choices.map((one, index) =>
      el("section", { class: "choice" },
        el("p", { class: "type" }, (index > 0 ? "or " : "") + typeText(one)),
        one.description ? el("p", { class: "note" }, prose(one.description)) : "",
        objects[index] && objects.indexOf(objects[index]) === index ? propertyList(objects[index], must) : "")));
  }
  const object = innerObject(target);
  const type = typeText(schema);
  return el("div", { class: "schema" },
    type === "object" ? "" : el("p", { class: "type" }, type),
    target.description ? el("p", { class: "note" }, prose(target.description)) : "",
    object ? propertyList(object, must) : "");
}

/** The properties of an object. The word for those that must be there depends on who sends it. */
function propertyList(object, must) {
  const required = new Set(object.required ?? []);
  return el("ul", { class: "props" }, Object.entries(object.properties).map(([name, schema]) => {
    const deeper = innerObject(schema);
    const kinds = deeper ? undefined : alternativesOf(schema);
    const facts = factsOf(schema);
    return el("li", {},
      el("div", { class: "prop" },
        el("code", { class: "name" }, name),
        el("span", { class: "type" }, typeText(schema)),
        required.has(name) ? el("span", { class: must }, must) : ""),
      schema.description ? el("p", { class: "note" }, prose(schema.description)) : "",
      facts.length > 0 ? el("p", { class: "facts-line" }, facts.join(" · ")) : "",
      deeper ? lazy("Fields", () => propertyList(deeper, must)) : "",
      kinds ? lazy("Alternatives", () => schemaView(kinds, must)) : "");
  }));
}

/** Something that opens; its inside is made the first time. */
function lazy(title, make) {
  const details = el("details", { class: "deeper" }, el("summary", {}, title));
  details.addEventListener("toggle", () => details.append(make()), { once: true });
  return details;
}

/** A value that a schema accepts, as far as that can be said without knowing more. */
function exampleOf(schema, depth = 0) {
  const target = resolve(schema);
  if (target.example !== undefined) return target.example;
  if (target.default !== undefined) return target.default;
  if (target.enum) return target.enum[0];
  const choices = choicesOf(target);
  if (choices) return exampleOf(choices[0], depth);
  const formats = {
    uuid: "019aa0b4-5c00-7000-8000-000000000001",
    "date-time": "2026-11-20T12:00:00.000Z",
    date: "2026-11-20",
    email: "ann@example.com",
    uri: "https://example.com/",
  };
  switch (typesOf(target)[0]) {
    case "object": {
      if (depth > 3) return {};
      const wanted = Object.entries(target.properties ?? {});
      return Object.fromEntries(wanted.map(([name, inner]) => [name, exampleOf(inner, depth + 1)]));
    }
    case "array":
      return depth > 3 ? [] : [exampleOf(target.items ?? {}, depth + 1)];
    case "integer":
    case "number":
      return Math.max(1, target.minimum ?? 1);
    case "boolean":
      return true;
    case "string":
      return formats[target.format] ?? "text".padEnd(target.minLength ?? 0, "x");
    default:
      return null;
  }
}

/** The examples of a body or an answer, by name; one is made of the schema if none is given. */
function examplesOf(media) {
  const given = Object.entries(media.examples ?? {}).map(([name, one]) => [name, resolve(one).value]);
  if (given.length > 0) return given;
  return [["example", media.example ?? exampleOf(media.schema ?? {})]];
}

const pretty = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));
`;
