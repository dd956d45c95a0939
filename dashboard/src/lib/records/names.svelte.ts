import { SvelteMap } from "svelte/reactivity";
import type { Page } from "../../../../sdk/javascript/index.ts";
import { literal } from "../../../../sdk/javascript/index.ts";
import { get } from "../api/request.ts";
import type { CollectionDefinition, FieldDefinition, RecordData } from "../api/types.ts";
import { catalog } from "../state/catalog.svelte.ts";
import { namingField } from "./fields.ts";

/** How many related records of one cell are shown, and so worth asking for. */
export const SHOWN_LINKS = 3;
/** Ids in one request: what an address bears. */
const AT_ONCE = 50;

/** What related records and files are called. Asked for in the background, once each; until then they are known by id. */
export class Names {
  #known = new SvelteMap<string, string>();
  #asked = new Set<string>();

  /** What a record is called, or a file; undefined while that is not known, and for what has no name. */
  of(id: string): string | undefined {
    return this.#known.get(id);
  }

  remember(id: string, name: unknown): void {
    if (typeof name === "string" && name !== "") this.#known.set(id, name);
  }

  /** Finds out what the records and files are called that some records of a collection point to: `most` to a field. */
  find(collection: CollectionDefinition, records: readonly RecordData[], most = SHOWN_LINKS): void {
    const fields = (collection.fields ?? []).filter(({ hidden }) => hidden !== true);
    const wanted = new Map<string, string[]>();
    for (const field of fields) {
      if (field.type !== "relation" || field.collection === undefined) continue;
      const ids = this.#unasked(field, records, most);
      if (ids.length > 0) wanted.set(field.collection, [...(wanted.get(field.collection) ?? []), ...ids]);
    }
    for (const [target, ids] of wanted) void this.#findRecords(target, ids);
    const files = fields.filter(({ type }) => type === "file");
    const holders = records.filter((record) => files.some((field) => this.#unasked(field, [record], most).length > 0));
    if (holders.length > 0) void this.#findFiles(collection.name, files, holders);
  }

  #unasked({ name }: FieldDefinition, records: readonly RecordData[], most: number): string[] {
    const ids = new Set(records.flatMap((record) => linksOf(record[name]).slice(0, most)));
    const fresh = [...ids].filter((id) => !this.#asked.has(id));
    for (const id of fresh) this.#asked.add(id);
    return fresh;
  }

  async #findRecords(target: string, ids: readonly string[]): Promise<void> {
    const naming = namingField(catalog.find(target));
    if (naming === undefined) return;
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      const some = ids.slice(from, from + AT_ONCE).map(literal);
      const filter = `id in (${some.join(", ")})`;
      const query = { filter, fields: `id,${naming}`, limit: AT_ONCE };
      const found = await get<Page<RecordData>>(`/api/${target}`, query).catch(() => null);
      for (const record of found?.items ?? []) this.remember(record.id, record[naming]);
    }
  }

  async #findFiles(name: string, files: readonly FieldDefinition[], holders: readonly RecordData[]): Promise<void> {
    const filter = `id in (${holders.map(({ id }) => literal(id)).join(", ")})`;
    const expand = files.map((field) => field.name).join(",");
    const query = { filter, expand, fields: "id", limit: holders.length };
    const found = await get<Page<RecordData>>(`/api/${name}`, query).catch(() => null);
    for (const record of found?.items ?? []) {
      const inside = (record.expand ?? {}) as Readonly<Record<string, RecordData | readonly RecordData[] | null>>;
      for (const file of Object.values(inside).flat()) if (file !== null) this.remember(file.id, file.filename);
    }
  }
}

/** The ids in a field that points to one record or file, or to several. */
export function linksOf(value: unknown): readonly string[] {
  return [value].flat().filter((one) => typeof one === "string");
}
