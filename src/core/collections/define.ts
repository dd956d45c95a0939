import type { CollectionDefinition, FieldDefinition } from "./definition.ts";

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** A definition in code: like `CollectionDefinition`, with literal types kept. */
export type DefinitionInput = DeepReadonly<Omit<CollectionDefinition, "fields">> & {
  readonly fields: readonly DeepReadonly<FieldDefinition>[];
};

/**
 * Defines a collection in code. The result carries the type of its records (`RecordOf<typeof posts>`). It is checked
 * when the app is built.
 */
export function defineCollection<const D extends DefinitionInput>(definition: D): D {
  return definition;
}
