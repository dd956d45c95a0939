import { mkdir, open, opendir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { BakendError } from "../../core/errors.ts";
import type { BlobStore, ByteRange } from "../../core/storage/index.ts";

/** Bytes that are read at once. */
const CHUNK = 256 * 1024;

/** The folder of files, within the one that is said. */
const FILES = "files";

/** Ends the name of what is not whole. */
const PART = ".part";

/**
 * Keeps bytes as files of a folder, which is made at its first use: `{folder}/files/{key}`. A file is written under another
 * name, brought to the disk, and only then gets its own.
 */
export function blobFolder(folder: string): BlobStore {
  const files = join(folder, FILES);
  const pathOf = (key: string): string => blobPath(folder, key);
  let made: Promise<unknown> | undefined;
  const makeFolder = (): Promise<unknown> => {
    made ??= mkdir(files, { recursive: true, mode: 0o700 });
    return made;
  };

  return {
    async put(key, body) {
      const path = pathOf(key);
      // before anything is taken of the body
      await makeFolder();
      await write(`${path}${PART}`, body);
      await rename(`${path}${PART}`, path);
      await syncFolder(files);
    },
    async get(key, range) {
      const path = pathOf(key);
      const found = await stat(path).catch(ifMissing);
      return found && { size: found.size, body: read(path, range ?? { start: 0, end: found.size - 1 }) };
    },
    async delete(key) {
      const path = pathOf(key);
      await rm(path, { force: true });
      await rm(`${path}${PART}`, { force: true });
    },
    async *list() {
      const found = await opendir(files).catch(ifMissing);
      for await (const { name } of found ?? []) {
        const path = join(files, name);
        const key = name.endsWith(PART) ? name.slice(0, -PART.length) : name;
        yield { key, changedAt: async () => (await stat(path).catch(ifMissing))?.mtimeMs ?? 0 };
      }
    },
  };
}

/** Where the file of a key is, or would be. Throws for what is no key: no path leads out of the folder. */
export function blobPath(folder: string, key: string): string {
  if (!/^[\w-]{1,100}$/.test(key)) throw new Error("This is no key of a file.");
  return join(folder, FILES, key);
}

/** Writes a body to a new file, all the way to the disk; nothing stays of one that fails. */
async function write(path: string, body: ReadableStream<Uint8Array>): Promise<void> {
  const handle = await open(path, "wx", 0o600);
  try {
    for await (const bytes of body) {
      for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
    }
    await handle.sync();
    await handle.close();
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(path, { force: true });
    throw isFull(error)
      ? new BakendError("unavailable", "The disk is full: nothing was stored.", { cause: error })
      : error;
  }
}

/** A new name is on the disk only once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  // not every system opens folders
  const handle = await open(folder, "r").catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/**
 * A part of a file, both ends included. It is opened for each piece anew: nobody may ever come for the next one, and a handle
 * that is kept for nobody is a fault.
 */
function read(path: string, { start, end }: ByteRange): ReadableStream<Uint8Array> {
  let at = start;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (at <= end) {
          const bytes = await readPiece(path, at, Math.min(CHUNK, end - at + 1));
          at += bytes.length;
          controller.enqueue(bytes);
        }
        if (at > end) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

async function readPiece(path: string, at: number, length: number): Promise<Uint8Array> {
  const handle = await open(path, "r");
  try {
    const bytes = new Uint8Array(length);
    const { bytesRead } = await handle.read(bytes, 0, length, at);
    if (bytesRead === 0) throw new Error("The file has become shorter.");
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}

function ifMissing(error: unknown): null {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
  throw error;
}
