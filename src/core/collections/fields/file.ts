import { isUuid } from "../../../tools/index.ts";
import type { FieldDefinitionOf } from "../definition.ts";
import type { Fail, Field } from "./field.ts";
import { linkParts } from "./link.ts";

/** The table of stored files. It is no collection, and no collection can be called so. */
export const FILE_TABLE = "_files";

/**
 * `file`: the id of a stored file, or several with `many`: a relation to the table of files. A file that is deleted leaves the
 * field empty, unless it must have one.
 */
export function fileField(definition: FieldDefinitionOf<"file">, collection: string): Field {
  const parse = (value: unknown, fail: Fail): string | undefined =>
    isUuid(value) ? value : fail("type", "must be the id of a file");
  return linkParts({ definition, collection, target: FILE_TABLE, onDelete: undefined, parse });
}
