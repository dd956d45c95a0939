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

/** What every record has. `version` grows by one with each write; times are ISO 8601. */
export interface SystemFields {
  id: string;
  createdAt: string;
  updatedAt: string;
  version: number;
}

/** What an account has beside. */
export interface AccountFields {
  email: string;
  role: string;
  verified: boolean;
}

/** The TypeScript type of a collection's records, worked out from its definition: no code is generated. */
export type RecordOf<D> = {
  [F in Fields<D> as F extends { hidden: true } ? never : F["name"]]: FieldValue<F>;
} & SystemFields &
  (D extends { kind: "auth" } ? AccountFields : unknown);
