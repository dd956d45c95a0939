import type { CollectionDefinition, FieldDefinition } from "./definition.ts";

/** What a field holds, by its definition's type. */
type ValueOf<F> = F extends { type: "integer" | "number" }
  ? number
  : F extends { type: "boolean" }
    ? boolean
    : F extends { type: "geo" }
      ? { lat: number; lng: number }
      : F extends { type: "json" }
        ? unknown
        : F extends { type: "select"; options: infer O extends readonly string[] }
          ? O[number]
          : string;

type ManyOf<F> = F extends { many: true } ? ValueOf<F>[] : ValueOf<F>;

type Nullable<F> = F extends { nullable: true }
  ? true
  : F extends { required: true } | { many: true } | { nullable: false }
    ? false
    : true;

type FieldValue<F> = Nullable<F> extends true ? ManyOf<F> | null : ManyOf<F>;

type Fields<D> = D extends { fields: infer F extends readonly { name: string }[] } ? F[number] : never;

/** The TypeScript type of a collection's records, worked out from its definition: no code is generated. */
export type RecordOf<D> = {
  [F in Fields<D> as F extends { hidden: true } ? never : F["name"]]: FieldValue<F>;
} & { id: string; createdAt: string; updatedAt: string; version: number };

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
