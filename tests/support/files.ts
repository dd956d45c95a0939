import type { StoredFile } from "../../src/core/collections/index.ts";
import { memoryBlobs } from "../../src/core/storage/index.ts";
import { type CallAs, openWorld, type World } from "./accounts.ts";
import type { Answer, TestApp, TestAppOptions } from "./app.ts";

/** Puts files that everybody may read into the table, without their bytes. */
export async function insertFiles(app: Pick<TestApp, "sql">, ids: readonly string[], more: object = {}): Promise<void> {
  for (const id of ids) {
    const at = "2026-03-01T12:00:00.000Z";
    const file = { id, filename: "a.txt", mimeType: "text/plain", size: 1, checksum: "0", visibility: "public" };
    const row = { ...file, ownerCollection: null, ownerId: null, createdAt: at, updatedAt: at, version: 1, ...more };
    const names = Object.keys(row).map((name) => `"${name}"`);
    const values = names.map(() => "?");
    await app.sql(`INSERT INTO "_files" (${names.join(", ")}) VALUES (${values.join(", ")})`, Object.values(row));
  }
}

/** What a form is made of, in order; a file has a name and perhaps a type. */
export type FormPart = readonly [name: string, value: string | Uint8Array, filename?: string, type?: string];

/** A form as it is sent. */
export function formOf(...parts: readonly FormPart[]): {
  readonly body: Uint8Array;
  readonly headers: Record<string, string>;
} {
  const boundary = "----formOfATest";
  const encoder = new TextEncoder();
  const pieces: Uint8Array[] = [];
  for (const [name, value, filename, type] of parts) {
    const named = filename === undefined ? "" : `; filename="${filename}"`;
    const said = type === undefined ? "" : `Content-Type: ${type}\r\n`;
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${named}\r\n${said}\r\n`;
    pieces.push(
      encoder.encode(head),
      typeof value === "string" ? encoder.encode(value) : value,
      encoder.encode("\r\n"),
    );
  }
  pieces.push(encoder.encode(`--${boundary}--\r\n`));
  const body = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    body.set(piece, at);
    at += piece.length;
  }
  return { body, headers: { "content-type": `multipart/form-data; boundary=${boundary}` } };
}

/** An app with accounts and a place for files. */
export interface FileWorld extends World {
  /** Sends a file; anybody's, `protected` unless said. */
  send(call?: CallAs & { readonly parts?: readonly FormPart[] }): Promise<Answer>;
  /** The same; it must be taken. */
  upload(call?: CallAs & { readonly visibility?: string; readonly text?: string }): Promise<StoredFile>;
}

const HELLO: FormPart = ["file", "hello", "a.txt", "text/plain"];

/** Opens a world that keeps files in memory. */
export async function openFileWorld(options: TestAppOptions = {}): Promise<FileWorld> {
  const world = await openWorld({ blobs: memoryBlobs(), ...options });
  const send: FileWorld["send"] = ({ parts = [HELLO], headers, ...call } = {}) => {
    const form = formOf(...parts);
    return world.call("POST", "/api/storage/upload", {
      ...call,
      body: form.body,
      headers: { ...form.headers, ...headers },
    });
  };
  return {
    ...world,
    send,
    async upload({ visibility = "protected", text = "hello", ...call } = {}) {
      const file: FormPart = ["file", text, "a.txt", "text/plain"];
      const answer = await send({ ...call, parts: [file, ["visibility", visibility]] });
      if (answer.status !== 201) throw new Error(`an upload answered ${answer.status} ${answer.text}`);
      return answer.body;
    },
  };
}
