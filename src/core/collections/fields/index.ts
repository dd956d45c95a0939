import type { FieldDefinition } from "../definition.ts";
import { booleanField } from "./boolean.ts";
import { dateField, datetimeField } from "./datetime.ts";
import type { Field } from "./field.ts";
import { fileField } from "./file.ts";
import { geoField } from "./geo.ts";
import { jsonField } from "./json.ts";
import { integerField, numberField } from "./number.ts";
import { relationField } from "./relation.ts";
import { selectField } from "./select.ts";

export { isEmailAddress } from "./text.ts";

import { emailField, richtextField, textField, urlField } from "./text.ts";

export type { ColumnSpec, Fail, Field, JsonSchema, Link, OnDelete } from "./field.ts";
export { FILE_TABLE } from "./file.ts";
export { joinTable } from "./link.ts";

/** Makes the field that a definition describes, for the collection of the given name. */
export function createField(definition: FieldDefinition, collection: string): Field {
  switch (definition.type) {
    case "text":
      return textField(definition);
    case "richtext":
      return richtextField(definition);
    case "email":
      return emailField(definition);
    case "url":
      return urlField(definition);
    case "integer":
      return integerField(definition);
    case "number":
      return numberField(definition);
    case "boolean":
      return booleanField(definition);
    case "datetime":
      return datetimeField(definition);
    case "date":
      return dateField(definition);
    case "select":
      return selectField(definition);
    case "json":
      return jsonField(definition);
    case "relation":
      return relationField(definition, collection);
    case "file":
      return fileField(definition, collection);
    case "geo":
      return geoField(definition);
  }
}
