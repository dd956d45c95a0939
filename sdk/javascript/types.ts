import type { AccountFields, RecordOf, SystemFields } from "../../src/protocol/index.ts";

/**
 * The records of collections that are defined in code, by the names of these: `RecordsOf<typeof collections>` for
 * `const collections = [posts, users]`; `users` are there in any case, as they are on the server. Nothing is generated. A project whose collections are JSON files has the same as
 * `Collections` of its module "bakend", which `bak dev` keeps.
 */
export type RecordsOf<D extends readonly { readonly name: string }[]> = {
  [One in D[number] as One["name"]]: RecordOf<One>;
} & ("users" extends D[number]["name"] ? unknown : { readonly users: SystemFields & AccountFields });

/** A record of which nothing more is known. */
export type AnyRecord = SystemFields & { readonly [field: string]: unknown };

/** What is known of collections that nobody has told the types of. */
export interface AnyCollections {
  readonly [collection: string]: AnyRecord;
}

/** As much of a record as was asked for by `fields`; all of it where nothing was, or where its fields are not known. */
export type Seen<R, F extends keyof R> = (string extends F ? R : Pick<R, F>) & Expanded;

/** What was asked for by `expand`: related records, by the name of the relation, as far as the caller may view them. */
export interface Expanded {
  readonly expand?: { readonly [relation: string]: unknown };
}

/** What a write may say. An id is a UUID; a password is that of an account. */
export type DataOf<R> = Partial<Omit<R, keyof SystemFields>> & { readonly id?: string; readonly password?: string };

type NameOf<R> = keyof R & string;

/** Which of a record's fields, and what else of it. */
export interface ViewQuery<F extends string = string> {
  /** Only these fields. */
  readonly fields?: readonly F[];
  /** Relations to follow: `author`, `author.team`, `comments_via_post`. */
  readonly expand?: readonly string[];
}

/** Which records. What is left out takes the server's default. */
export interface ListQuery<R, F extends string = NameOf<R>> extends ViewQuery<F> {
  /** In the language of rules; `where` puts values into it. */
  readonly filter?: string;
  /** Words, in the fields that are searchable. */
  readonly search?: string;
  /** Fields, with `-` before one for descending. */
  readonly sort?: readonly (NameOf<R> | `-${NameOf<R>}` | `${string}.${string}`)[];
  /** Records to a page, 1 to 500; 30 unless said. */
  readonly limit?: number;
  /** The `next` of the page before. */
  readonly cursor?: string;
  /** From 1, in the place of a cursor. */
  readonly page?: number;
  /** Asks for the `total`. */
  readonly count?: boolean;
}

/** A page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** The cursor of the next page; null on the last one. */
  readonly next: string | null;
  /** All that fit, where it was asked for. */
  readonly total?: number;
}

/** What is worked out over records, and for which groups of them. */
export interface AggregateQuery {
  /** `count()`, `sum(x)`, `avg(x)`, `min(x)`, `max(x)`. */
  readonly aggregate: readonly string[];
  readonly group?: readonly string[];
  readonly filter?: string;
  readonly search?: string;
  readonly sort?: readonly string[];
  readonly limit?: number;
}

/** One operation of a batch. An upsert creates the record of that id, or updates it. */
export type Operation<C> = {
  [N in keyof C & string]:
    | { readonly op: "create"; readonly collection: N; readonly data: DataOf<C[N]> }
    | { readonly op: "update" | "upsert"; readonly collection: N; readonly id: string; readonly data: DataOf<C[N]> }
    | { readonly op: "delete"; readonly collection: N; readonly id: string };
}[keyof C & string];

/** A file, as it is known after its upload. */
export interface StoredFile {
  readonly id: string;
  readonly filename: string;
  readonly mimeType: string;
  /** In bytes. */
  readonly size: number;
  /** The SHA-256 of its bytes. */
  readonly checksum: string;
  readonly visibility: "public" | "protected";
  readonly ownerId: string | null;
  readonly createdAt: string;
  /** Its path on the server. */
  readonly url: string;
}

/** An account. */
export type User = SystemFields & AccountFields & { readonly [field: string]: unknown };
