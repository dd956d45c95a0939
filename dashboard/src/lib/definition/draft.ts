import type { CollectionDefinition } from "../api/types.ts";

export type Kind = "base" | "auth" | "view";

/** A field's definition while it is edited: whatever it had stays, known here or not. */
export interface FieldOptions {
  name: string;
  type: string;
  [option: string]: unknown;
}

/** A field of a draft. */
export interface FieldDraft {
  /** Tells it from the others while names change. */
  readonly key: number;
  /** Its name in the database; null for a new one. */
  readonly was: string | null;
  definition: FieldOptions;
}

/** An index of a draft. */
export interface IndexDraft {
  readonly key: number;
  definition: { fields: string[]; unique?: boolean; [option: string]: unknown };
}

/** A definition while a form edits it. */
export interface Draft {
  /** Its name in the database; null for a new one. */
  readonly was: string | null;
  name: string;
  kind: Kind;
  description: string;
  owner: string;
  query: string;
  fields: FieldDraft[];
  indexes: IndexDraft[];
  permissions: Record<string, string>;
  /** What it was made from: keys that the form does not know are taken from here. */
  readonly source: Readonly<Record<string, unknown>>;
}

let lastKey = 0;

/** A draft for a new collection: one field of type text. */
export function newDraft(): Draft {
  return draftOf({ name: "", fields: [{ name: "title", type: "text", required: true }] }, null);
}

/** A new field, without a name. */
export function newField(): FieldDraft {
  return { key: ++lastKey, was: null, definition: { name: "", type: "text" } };
}

export function newIndex(fields: readonly string[] = []): IndexDraft {
  return { key: ++lastKey, definition: { fields: [...fields] } };
}

/**
 * The form's state for a definition. `stored` is the one in the database, null for none: it says which fields are there
 * already, so that another name is a rename.
 */
export function draftOf(definition: CollectionDefinition, stored: CollectionDefinition | null): Draft {
  const { name, kind = "base", fields = [], indexes = [], permissions = {}, ...rest } = copy(definition);
  const known = new Set((stored?.fields ?? []).map((field) => field.name));
  const wasOf = (field: FieldOptions): string | null => {
    const said = field.renamedFrom;
    if (typeof said === "string" && known.has(said)) return said;
    return known.has(field.name) ? field.name : null;
  };
  return {
    was: stored?.name ?? null,
    name,
    kind,
    description: textOf(rest.description),
    owner: textOf(rest.owner),
    query: textOf(rest.query),
    fields: fields.map((field) => ({ key: ++lastKey, was: wasOf({ ...field }), definition: { ...field } })),
    indexes: indexes.map((index) => ({ key: ++lastKey, definition: { ...index, fields: [...index.fields] } })),
    permissions: { ...permissions },
    source: copy(definition),
  };
}

/** The definition that a draft stands for, as it is sent and as it stands in a file: names first, unknown keys last. */
export function definitionOf(draft: Draft): CollectionDefinition {
  const { was, name, kind, source, description, owner, query } = draft;
  const permissions = Object.entries(draft.permissions).filter(([, rule]) => rule.trim() !== "");
  const known: Record<string, unknown> = {
    name,
    kind: kind === "base" && source.kind === undefined ? undefined : kind,
    description: description || undefined,
    renamedFrom: was !== null && was !== name ? was : was === null ? source.renamedFrom : undefined,
    owner: owner || undefined,
    fields: draft.fields.map(fieldOf),
    indexes: orAsBefore(
      draft.indexes.filter((index) => index.definition.fields.length > 0).map((index) => index.definition),
      source.indexes,
    ),
    permissions: permissions.length > 0 || source.permissions ? Object.fromEntries(permissions) : undefined,
    query: kind === "view" ? query : undefined,
  };
  return copy({ ...known, ...source, ...known }) as CollectionDefinition;
}

function fieldOf({ was, definition }: FieldDraft): Record<string, unknown> {
  const { name, type, renamedFrom, ...rest } = definition;
  return { name, type, renamedFrom: was === null ? renamedFrom : was === name ? undefined : was, ...rest };
}

/** Follows a field to its new name, where indexes and the owner name it. Rules are texts, and left to their author. */
export function followRename(draft: Draft, before: string, now: string): void {
  if (before === "" || before === now) return;
  if (draft.owner === before) draft.owner = now;
  for (const { definition } of draft.indexes) {
    definition.fields = definition.fields.map((name) => (name === before ? now : name));
  }
}

/** Takes a field out, and out of the indexes and the owner. */
export function removeField(draft: Draft, key: number): void {
  const gone = draft.fields.find((field) => field.key === key)?.definition.name;
  draft.fields = draft.fields.filter((field) => field.key !== key);
  if (gone === undefined || draft.fields.some(({ definition }) => definition.name === gone)) return;
  if (draft.owner === gone) draft.owner = "";
  for (const { definition } of draft.indexes) definition.fields = definition.fields.filter((name) => name !== gone);
  draft.indexes = draft.indexes.filter(({ definition }) => definition.fields.length > 0);
}

/** Moves what stands at a place one place up (-1) or down (1); at the ends nothing happens. */
export function move<T>(list: readonly T[], at: number, by: -1 | 1): T[] {
  const to = at + by;
  const moved = [...list];
  const [one] = moved.splice(at, 1);
  if (one === undefined || to < 0 || to >= list.length) return [...list];
  moved.splice(to, 0, one);
  return moved;
}

/** A definition as one would put it into `collections/NAME.json`. */
export function fileText(definition: CollectionDefinition): string {
  return `${JSON.stringify(definition, null, 2)}\n`;
}

function orAsBefore(list: readonly unknown[], before: unknown): readonly unknown[] | undefined {
  return list.length > 0 || before !== undefined ? list : undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A copy as JSON has it: nothing in it is shared or undefined. */
function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
