import { isUuid } from "../../../tools/index.ts";
import type { FieldDefinitionOf } from "../definition.ts";
import type { Fail, Field } from "./field.ts";
import { linkParts } from "./link.ts";

/** `relation`: the id of a record of another collection (or the same), or several with `many`. */
export function relationField(definition: FieldDefinitionOf<"relation">, collection: string): Field {
  const { collection: target, onDelete } = definition;
  const parse = (value: unknown, fail: Fail): string | undefined =>
    isUuid(value) ? value : fail("type", `must be the id of a record of ${target}`);
  return linkParts({ definition, collection, target, onDelete, parse });
}
