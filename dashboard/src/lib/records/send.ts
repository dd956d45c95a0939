import { post, request } from "../api/request.ts";
import type { CollectionDefinition, RecordData } from "../api/types.ts";
import type { Draft, FileEntry } from "./draft.ts";

/** Uploads the files of a form that are not stored yet: the form with their ids in their places. @throws ApiError */
export async function uploadFiles(draft: Draft): Promise<Draft> {
  const stored: Record<string, Draft[string]> = { ...draft };
  for (const [name, entry] of Object.entries(draft)) {
    if (!Array.isArray(entry) || !entry.some((one) => one instanceof File)) continue;
    const ids: FileEntry[] = [];
    for (const one of entry as readonly FileEntry[]) ids.push(one instanceof File ? await upload(one) : one);
    stored[name] = ids;
  }
  return stored;
}

async function upload(file: File): Promise<string> {
  const form = new FormData();
  form.set("visibility", "protected");
  form.set("file", file);
  return (await post<{ readonly id: string }>("/api/storage/upload", form)).id;
}

/** Makes a record, or with `old` changes it, if nobody else has done so since. @throws ApiError; 412 if somebody has */
export function send(name: string, data: unknown, old: RecordData | null): Promise<RecordData> {
  if (old === null) return post<RecordData>(`/api/${name}`, data);
  const headers = { "if-match": `"${old.version}"` };
  return request<RecordData>("PATCH", `/api/${name}/${old.id}`, { body: data, headers });
}

/** Deletes records: all of them, or none. @throws ApiError */
export async function removeAll({ name }: CollectionDefinition, ids: readonly string[]): Promise<void> {
  await post("/api/batch", { operations: ids.map((id) => ({ op: "delete", collection: name, id })) });
}
