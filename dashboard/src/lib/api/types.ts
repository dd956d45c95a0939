/** What the admin API answers with, as far as the panel reads it. Shapes: `docs/admin-api.md` and `/api/openapi.json`. */

/** A record as the API tells it. */
export interface RecordData {
  readonly id: string;
  readonly createdAt?: string;
  readonly updatedAt?: string;
  readonly version?: number;
  readonly [field: string]: unknown;
}

/** A field of a definition; what it may have beside depends on its type. */
export interface FieldDefinition {
  readonly name: string;
  readonly type: string;
  readonly required?: boolean;
  readonly nullable?: boolean;
  readonly unique?: boolean;
  readonly immutable?: boolean;
  readonly hidden?: boolean;
  readonly many?: boolean;
  readonly collection?: string;
  readonly options?: readonly string[];
  readonly permissions?: { readonly view?: string; readonly write?: string };
  readonly [option: string]: unknown;
}

/** A definition as it stands in a file. */
export interface CollectionDefinition {
  readonly name: string;
  readonly kind?: "base" | "auth" | "view";
  readonly fields?: readonly FieldDefinition[];
  readonly indexes?: readonly { readonly fields: readonly string[]; readonly unique?: boolean }[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

/** Where the project's functions stand. */
export interface FunctionsReport {
  readonly items: readonly { readonly name: string; readonly trigger: string }[];
  readonly ok: boolean;
  readonly files: number;
  readonly sandbox: string | null;
  readonly confined: boolean;
  readonly faults: readonly { readonly file: string; readonly line?: number; readonly message: string }[];
}
