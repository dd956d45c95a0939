import { ApiError } from "../../../../sdk/javascript/index.ts";
import { get } from "../api/request.ts";
import type { CollectionDefinition, FieldDefinition, RecordData } from "../api/types.ts";
import { messageOf } from "../state/notices.svelte.ts";
import { type Changes, changes, creation, type Draft, draftOf, type Entry } from "./draft.ts";
import { formFields } from "./fields.ts";
import { send, uploadFiles } from "./send.ts";

/** What became of a form that was sent. */
export type Outcome =
  | { readonly kind: "written"; readonly record: RecordData; readonly isNew: boolean }
  | { readonly kind: "unchanged" }
  | { readonly kind: "failed" };

/** The form of one record: what it holds, what was typed, and what is wrong with that. */
export class RecordForm {
  /** The record as it was read last; null for one that is yet to be made, and until it is read. */
  record = $state.raw<RecordData | null>(null);
  draft = $state.raw<Draft>({});
  errors = $state.raw<Readonly<Record<string, string>>>({});
  /** What is wrong with the whole. */
  fault = $state("");
  isReady = $state(false);
  isBusy = $state(false);
  /** Whether the record was changed elsewhere since it was read, so that it was not written. */
  isOutdated = $state(false);
  readonly isNew: boolean;
  readonly #id: string | null;
  readonly #collection: () => CollectionDefinition;
  #before: Draft = $state.raw({});

  /** @param id null for a record that is to be made */
  constructor(collection: () => CollectionDefinition, id: string | null) {
    this.#collection = collection;
    this.#id = id;
    this.isNew = id === null;
  }

  get fields(): readonly FieldDefinition[] {
    return formFields(this.#collection());
  }

  /** Whether something was typed that is not written. */
  get isChanged(): boolean {
    const { data, faults } = changes(this.fields, this.#before, this.draft);
    return Object.keys(data).length + Object.keys(faults).length > 0;
  }

  /** Reads the record. What was typed stays if it is to be kept. */
  async load(keepTyped = false): Promise<void> {
    if (this.#id === null) {
      this.#take(null, {});
      return;
    }
    try {
      const record = await get<RecordData>(`/api/${this.#collection().name}/${this.#id}`);
      this.#take(record, keepTyped ? this.#typed() : {});
      this.isOutdated = false;
    } catch (error) {
      this.fault = messageOf(error);
    }
  }

  /** Takes over a newer version that was heard of, unless somebody is typing. */
  hear(record: RecordData): void {
    const { version = 0 } = this.record ?? {};
    if (this.record === null || this.isBusy || this.isChanged || (record.version ?? 0) <= version) return;
    this.#take(record, {});
  }

  set(name: string, entry: Entry): void {
    this.draft = { ...this.draft, [name]: entry };
    const { [name]: _, ...others } = this.errors;
    this.errors = others;
  }

  /** Sends what was typed. Never throws: what goes wrong stands in `errors`, `fault` and `isOutdated`. */
  async save(): Promise<Outcome> {
    this.isBusy = true;
    this.fault = "";
    this.errors = {};
    try {
      return await this.#write();
    } catch (error) {
      this.#fail(error);
      return { kind: "failed" };
    } finally {
      this.isBusy = false;
    }
  }

  async #write(): Promise<Outcome> {
    const { faults } = this.#changes();
    if (Object.keys(faults).length > 0) {
      this.errors = faults;
      return { kind: "failed" };
    }
    // uploaded once, whatever is said to the rest of the form
    this.draft = await uploadFiles(this.draft);
    const { data } = this.#changes();
    if (!this.isNew && Object.keys(data).length === 0) return { kind: "unchanged" };
    const record = await send(this.#collection().name, data, this.record);
    this.#take(record, {});
    return { kind: "written", record, isNew: this.isNew };
  }

  #changes(): Changes {
    return this.isNew ? creation(this.fields, this.draft) : changes(this.fields, this.#before, this.draft);
  }

  /** What was typed, by field. */
  #typed(): Draft {
    const { data, faults } = changes(this.fields, this.#before, this.draft);
    return Object.fromEntries(Object.entries(this.draft).filter(([name]) => name in data || name in faults));
  }

  #take(record: RecordData | null, typed: Draft): void {
    this.record = record;
    this.#before = draftOf(this.fields, record);
    this.draft = { ...this.#before, ...typed };
    this.fault = "";
    this.isReady = true;
  }

  #fail(error: unknown): void {
    if (error instanceof ApiError && error.status === 412) {
      this.isOutdated = true;
      return;
    }
    const known = new Set(this.fields.map(({ name }) => name));
    const told = error instanceof ApiError ? error.fields : [];
    this.errors = Object.fromEntries(told.map(({ field, message }) => [field, message]));
    const isAllShown = told.length > 0 && told.every(({ field }) => known.has(field));
    this.fault = isAllShown ? "" : messageOf(error);
  }
}
