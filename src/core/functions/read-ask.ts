import { BakendError } from "../errors.ts";
import type { Operation } from "./access.ts";

/** The types that a part of a question may have. */
interface Kinds {
  readonly text: string;
  readonly texts: readonly string[];
  readonly number: number;
  readonly flag: boolean;
}

const KINDS: { readonly [K in keyof Kinds]: readonly [(value: unknown) => value is Kinds[K], string] } = {
  text: [(value): value is string => typeof value === "string", "must be a text"],
  texts: [
    (value): value is readonly string[] => Array.isArray(value) && value.every((one) => typeof one === "string"),
    "must be a list of texts",
  ],
  number: [(value): value is number => Number.isSafeInteger(value), "must be a whole number"],
  flag: [(value): value is boolean => typeof value === "boolean", "must be true or false"],
};

const OPS = ["create", "update", "upsert", "delete"] as const;

/** Reads an object of options; absent or null ones are none. @throws BakendError `bad_request` */
export function readQuery<S extends Readonly<Record<string, keyof Kinds>>>(
  value: unknown,
  spec: S,
): { readonly [N in keyof S]?: Kinds[S[N]] } {
  const query = value ?? {};
  if (!isObject(query)) throw fault("what is asked for", "must be an object");
  const read: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(query)) {
    const kind = Object.hasOwn(spec, name) ? spec[name] : undefined;
    if (kind === undefined) throw fault(name, `is not known; ${Object.keys(spec).join(", ")} are`);
    const [accepts, message] = KINDS[kind];
    if (!accepts(part)) throw fault(name, message);
    read[name] = part;
  }
  return read as { readonly [N in keyof S]?: Kinds[S[N]] };
}

/** Reads the id of a record. @throws BakendError `bad_request` */
export function readId(value: unknown): string {
  return readText(value, "id");
}

/** Reads a text. @throws BakendError `bad_request` */
export function readText(value: unknown, name: string): string {
  if (typeof value === "string") return value;
  throw fault(name, "must be a text");
}

/** Reads the operations of a batch. @throws BakendError `bad_request` */
export function readOperations(value: unknown): readonly Operation[] {
  if (!Array.isArray(value)) throw fault("operations", "must be a list");
  return value.map((one: unknown, index): Operation => {
    const place = `operations.${index}`;
    if (!isObject(one)) throw fault(place, "must be an object");
    const op = OPS.find((known) => known === one.op);
    if (op === undefined) throw fault(`${place}.op`, `must be one of ${OPS.join(", ")}`);
    const { collection, id, data } = one;
    if (typeof collection !== "string") throw fault(`${place}.collection`, "must be a text");
    if (id === undefined) return { op, collection, data };
    return { op, collection, id: readId(id), data };
  });
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function fault(name: string, message: string): BakendError {
  return new BakendError("bad_request", `${name.slice(0, 64).toWellFormed()} ${message}.`);
}
