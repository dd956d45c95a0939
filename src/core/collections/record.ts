/** A record as clients see it: JSON values by field name, `id` always among the stored ones. */
export type RecordData = Readonly<Record<string, unknown>>;

/** A whole record as the database holds it, hidden fields included: canonical values by field name. */
export interface StoredRecord extends RecordData {
  readonly id: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: number;
}

/** The fields that the engine keeps itself, on every collection that is not a view. */
export const SYSTEM_FIELDS = ["id", "createdAt", "updatedAt", "version"] as const;
